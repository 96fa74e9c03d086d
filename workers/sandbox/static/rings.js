"use strict";

const PERIOD_MS = 700;
const SHOWN = 100;
const list = document.getElementById("rings");
const shape = document.getElementById("ring");
const phone = document.getElementById("phone");
const state = document.getElementById("state");
let last = 0;
let first = true;

// Rings survive restarts: a time alone would pass yesterday's off as today's.
function moment(at) {
  const clock = at.toLocaleTimeString();
  if (at.toDateString() === new Date().toDateString()) return clock;
  return at.toLocaleDateString(undefined, { month: "short", day: "numeric" }) + ", " + clock;
}

function card(ring) {
  const item = shape.content.cloneNode(true).querySelector("li");
  item.dataset.number = ring.number;
  item.querySelector(".name").textContent = ring.name || (ring.phone ? "" : ring.contactId);
  item.querySelector(".phone").textContent = ring.phone;
  const what = ["from " + ring.fromNumberId, "to " + ring.contactId];
  if (ring.campaignId) what.push("campaign " + ring.campaignId);
  item.querySelector(".what").textContent = what.join(" · ");
  const time = item.querySelector("time");
  time.dateTime = ring.at;
  time.textContent = moment(new Date(ring.at));
  if (!first) item.classList.add("new");
  return item;
}

function bell() {
  phone.classList.remove("ringing");
  void phone.offsetWidth;
  phone.classList.add("ringing");
}

function show(news) {
  if (news.last < last) {
    list.replaceChildren();
    last = 0;
    return;
  }
  for (const item of [...list.children]) if (Number(item.dataset.number) < news.oldest) item.remove();
  for (const ring of news.rings) list.prepend(card(ring));
  while (list.children.length > SHOWN) list.lastElementChild.remove();
  if (news.rings.length && !first) bell();
  last = news.last;
  first = false;
  const count = news.last - news.oldest + 1;
  document.getElementById("count").textContent = count === 1 ? "1 ring" : count + " rings";
  document.getElementById("empty").hidden = count > 0;
}

async function look() {
  try {
    const answer = await fetch("/feed?after=" + last);
    show(await answer.json());
    state.textContent = "";
  } catch (error) {
    state.textContent = "— the sandbox does not answer; trying again";
  }
  setTimeout(look, PERIOD_MS);
}

look();
