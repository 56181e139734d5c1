"use strict";
// Shows times in the reader's zone and brings the page up to date without losing the place.
const PERIOD_MS = 2000;
const pad = (number) => String(number).padStart(2, "0");
const clock = (at) => `${pad(at.getHours())}:${pad(at.getMinutes())}`;
const isToday = (at) => at.toDateString() === new Date().toDateString();
const words = (at, options) => at.toLocaleDateString("en", options);
const pretty = (at, otherwise) => (isToday(at) ? "today" : otherwise);
const TOKENS = {
  date_num: (at) => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
  date: (at) => words(at, { month: "long", day: "numeric", year: "numeric" }),
  date_short: (at) => words(at, { month: "short", day: "numeric", year: "numeric" }),
  date_long: (at) => words(at, { weekday: "long", month: "long", day: "numeric", year: "numeric" }),
  date_pretty: (at) => pretty(at, TOKENS.date(at)),
  date_short_pretty: (at) => pretty(at, TOKENS.date_short(at)),
  date_long_pretty: (at) => pretty(at, TOKENS.date_long(at)),
  time: clock,
  time_secs: (at) => `${clock(at)}:${pad(at.getSeconds())}`,
  ago: (at) => `${Math.max(0, Math.round((Date.now() - at) / 60000))} minutes ago`,
};

function localTimes(root) {
  for (const element of root.querySelectorAll("time")) {
    const at = new Date(element.dateTime);
    if (element.dataset.format) {
      element.textContent = element.dataset.format.replace(/\{(\w+)\}/g, (all, name) =>
        name in TOKENS ? TOKENS[name](at) : all);
    } else {
      element.textContent = clock(at);
    }
  }
}

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.body.dataset.revision === document.body.dataset.revision) return;
  if (document.querySelector("dialog[open]")) return; // what is asked must not change while it is read
  const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 80;
  localTimes(page);
  document.body.replaceChildren(...page.body.childNodes);
  document.body.dataset.revision = page.body.dataset.revision;
  if (atEnd) scrollTo(0, document.body.scrollHeight);
}

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("button[data-action-id]")?.nextElementSibling;
  if (dialog?.matches("dialog.confirm")) dialog.showModal();
});

localTimes(document);
setInterval(() => refresh().catch(() => {}), PERIOD_MS);
