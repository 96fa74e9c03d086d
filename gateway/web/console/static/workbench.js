// The workbench's comforts: copy, download, jump to a fault, read a file into a field, stop a shadow run.
(() => {
  "use strict";
  const text = (id) => document.getElementById(id);

  const download = (area, name) => {
    const address = URL.createObjectURL(new Blob([area.value], { type: "text/yaml" }));
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };

  const jump = (area, line, column) => {
    const start = area.value.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.focus();
    area.setSelectionRange(start + Math.max(0, column - 1), start + Math.max(0, column - 1));
    area.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(area).lineHeight));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.copy) navigator.clipboard.writeText(text(button.dataset.copy).value);
    if (button.dataset.download) download(text(button.dataset.download), button.dataset.name);
    if (button.dataset.line) jump(text("rules"), Number(button.dataset.line), Number(button.dataset.column));
    if (button.dataset.cancel) {
      const running = text(button.dataset.cancel);
      window.htmx.trigger(running, "htmx:abort");
      running.replaceChildren(Object.assign(document.createElement("p"), { className: "hint", textContent: "Stopped." }));
      running.removeAttribute("id");
    }
  });

  document.addEventListener("change", (event) => {
    const [file] = event.target.files || [];
    if (!file || !event.target.dataset.fills) return;
    file.text().then((content) => { text(event.target.dataset.fills).value = content; });
  });
})();
