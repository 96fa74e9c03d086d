// What a page cannot do without: local times, dialogs, shortcuts, light and dark, and whether the page is live.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const sameDay = (a, b) => a.toDateString() === b.toDateString();

  // Times are written in UTC by the server and shown in the viewer's own zone; the title keeps UTC.
  const localise = (root) => {
    const now = new Date();
    for (const element of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const at = new Date(element.dateTime);
      const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      const day = at.toLocaleDateString([], { day: "numeric", month: "short" });
      element.textContent = sameDay(at, now) ? time : `${day} ${time}`;
      element.dataset.local = "";
    }
  };

  // Rows that were not there before are marked for a moment; the others must not flicker.
  const known = new Set();
  const markNew = (root, first) => {
    for (const row of root.querySelectorAll("tr[id]")) {
      row.classList.toggle("new", !first && !known.has(row.id));
      known.add(row.id);
    }
  };

  // A number that was revealed stays, though the list around it is drawn anew, even while the answer is on its way.
  const revealed = new Map();
  const showRevealed = () => {
    for (const [id, answer] of revealed) {
      const place = byId(id);
      if (place && !place.querySelector(".revealed")) place.innerHTML = answer;
    }
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const { target, xhr, successful } = event.detail;
    if (!successful || !target.matches(".who-is")) return;
    revealed.set(target.id, xhr.responseText);
    showRevealed();
  });

  let asked = "";
  const open = (dialog) => { if (dialog && !dialog.open) dialog.showModal(); };

  document.addEventListener("htmx:afterSwap", (event) => {
    localise(event.detail.target);
    markNew(event.detail.target, false);
    showRevealed();
    if (event.detail.target.id !== "ask-body") return;
    asked = event.detail.requestConfig.elt.id;
    open(byId("ask"));
  });

  // Whoever asked is where the keyboard goes on, though the list around it was drawn anew meanwhile.
  byId("ask")?.addEventListener("close", () => byId(asked)?.focus());

  // What is drawn anew between the press and the release of a button hears no click: such a part waits for the release.
  let pressed = null;
  const waiting = new Set();
  const release = () => {
    pressed = null;
    setTimeout(() => {  // the click comes first
      for (const part of waiting) htmx.ajax("GET", part.getAttribute("hx-get"), { source: part, target: part });
      waiting.clear();
    });
  };
  addEventListener("pointerdown", (event) => { pressed = event.target; });
  addEventListener("pointerup", release);
  addEventListener("pointercancel", release);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (requestConfig.elt !== target || !target.contains(pressed)) return;
    event.detail.shouldSwap = false;
    waiting.add(target);
  });

  const setLive = (on) => {
    const mark = byId("live");
    if (!mark) return;
    mark.classList.toggle("lost", !on);
    mark.querySelector("span").textContent = on ? mark.dataset.on : mark.dataset.off;
  };
  document.addEventListener("htmx:sseOpen", () => setLive(true));
  document.addEventListener("htmx:sseError", () => setLive(false));

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close]");
    const dialog = event.target.closest("dialog");
    if (close && dialog) {
      event.preventDefault();
      dialog.close();
    } else if (event.target === dialog) {
      dialog.close();
    }
    if (event.target.closest("#help")) open(byId("keys"));
    if (event.target.closest("#theme")) turn();
  });

  // A file on its way: one that is too large is refused before it is sent, and how much of it is sent is shown.
  document.addEventListener("change", (event) => {
    const input = event.target.closest("input[data-most-bytes]");
    if (!input) return;
    const large = [...input.files].some((file) => file.size > Number(input.dataset.mostBytes));
    input.setCustomValidity(large ? input.dataset.tooLarge : "");
    input.reportValidity();
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector("progress.sent");
    if (!bar || !event.detail.total) return;
    bar.hidden = false;
    bar.max = event.detail.total;
    bar.value = event.detail.loaded;
  });

  const turn = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `dialgate_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
  };

  let went = 0;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "?") return open(byId("keys"));
    if (event.key === "/" && byId("search")) {
      event.preventDefault();
      return byId("search").focus();
    }
    if (event.key === "g") { went = event.timeStamp; return undefined; }
    if (went && event.timeStamp - went < 1500) {
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) link.click();
    }
    went = 0;
    return undefined;
  });

  // A menu that is wider than the screen begins where one is.
  const here = document.querySelector(".menu [aria-current]");
  if (here) {
    const menu = here.parentElement;
    menu.scrollLeft = here.offsetLeft - menu.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
  }

  localise(document);
  markNew(document, true);
})();
