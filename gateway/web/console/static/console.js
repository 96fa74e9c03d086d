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

  const open = (dialog) => { if (dialog && !dialog.open) dialog.showModal(); };

  document.addEventListener("htmx:afterSwap", (event) => {
    localise(event.detail.target);
    markNew(event.detail.target, false);
    if (event.detail.target.id === "ask-body") open(byId("ask"));
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
