"use strict";
// Shows times in the reader's zone and brings the page up to date while nobody chooses something.
const PERIOD_MS = 2000;
const pad = (number) => String(number).padStart(2, "0");

function localTimes(root) {
  for (const element of root.querySelectorAll("time")) {
    const at = new Date(element.dateTime);
    element.textContent = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  }
}

async function refresh() {
  if (document.activeElement && document.activeElement.matches("select")) return;
  const answer = await fetch(location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.body.dataset.revision === document.body.dataset.revision) return;
  const unfolded = [...document.querySelectorAll("details")].map((one) => one.open);
  localTimes(page);
  document.title = page.title;
  document.body.replaceChildren(...page.body.childNodes);
  document.body.dataset.revision = page.body.dataset.revision;
  document.querySelectorAll("details").forEach((one, place) => { one.open = unfolded[place] ?? false; });
}

localTimes(document);
setInterval(() => refresh().catch(() => {}), PERIOD_MS);
