"use strict";
// Searches while you type, and lets you copy. Without it the page is whole, and its form asks the server.
(() => {
  const box = document.getElementById("q");
  const told = document.getElementById("told");
  const parts = [...document.querySelectorAll("main > section")].map((section) => ({
    section,
    entry: document.querySelector(`nav.contents a[href="#${section.id}"]`).parentElement,
    text: section.textContent.toLowerCase(),
  }));

  const mark = (words) => {
    if (!CSS.highlights) return;
    const ranges = [];
    const seen = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (words.length && seen.nextNode()) {
      const node = seen.currentNode;
      if (node.parentElement.closest("[hidden], button")) continue;
      const text = node.data.toLowerCase();
      for (const word of words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          if (at + word.length > node.length) break;
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  const search = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { section, entry, text } of parts) {
      const here = words.every((word) => text.includes(word));
      section.hidden = entry.hidden = !here;
      found += here;
    }
    const nothing = found ? "" : ": none has all of these words";
    told.textContent = words.length ? `${found} of ${parts.length} parts${nothing}` : "";
    mark(words);
  };

  const remember = () => {
    const here = new URL(location);
    if (box.value.trim()) here.searchParams.set("q", box.value.trim());
    else here.searchParams.delete("q");
    history.replaceState(null, "", here);
  };

  const jump = () => {
    const goal = document.getElementById(location.hash.slice(1));
    if (!goal || !goal.hidden) return;
    box.value = "";
    search();
    goal.scrollIntoView();
  };

  const copies = () => {
    for (const paste of document.querySelectorAll(".paste")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(paste.querySelector("code").textContent);
        button.textContent = "Copied";
      });
      paste.append(button);
    }
  };

  box.addEventListener("input", () => {
    search();
    remember();
  });
  box.form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", jump);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input")) {
      event.preventDefault();
      box.focus();
    }
  });
  if (navigator.clipboard) copies();
  search();
  jump();
})();
