"use strict";
// Shows times in the reader's zone and brings the page up to date without losing the place.
const PERIOD_MS = 2000;
const pad = (number) => String(number).padStart(2, "0");
const clock = (at) => `${pad(at.getHours())}:${pad(at.getMinutes())}`;
const NEAR = new Map([[-1, "yesterday"], [0, "today"], [1, "tomorrow"]]);
const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);
const daysAway = (at) => Math.round((midnight(at) - midnight(Date.now())) / 86400000);
const words = (at, options) => at.toLocaleDateString("en", options);
const pretty = (at, otherwise) => NEAR.get(daysAway(at)) ?? otherwise;
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

const whispered = () => [...document.querySelectorAll(".whisper")].map((one) => one.id).at(-1);

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.body.dataset.revision === document.body.dataset.revision) return;
  if (document.querySelector("dialog[open]")) return; // what is asked must not change while it is read
  const composer = document.querySelector(".composer input");
  const written = composer?.value;
  const writing = composer && composer === document.activeElement;
  const heard = whispered();
  const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 80;
  localTimes(page);
  document.body.replaceChildren(...page.body.childNodes);
  document.body.dataset.revision = page.body.dataset.revision;
  const fresh = document.querySelector(".composer input");
  if (fresh && written) fresh.value = written;
  if (fresh && writing) fresh.focus();
  if (atEnd) scrollTo(0, document.body.scrollHeight);
  if (whispered() !== heard) document.getElementById(whispered())?.scrollIntoView({ block: "center" });
  showModal();
}

async function say(what, order, method = "POST") {
  const headers = { "Content-Type": "application/json" };
  await fetch(`/_stand-in/${what}`, { method, headers, body: JSON.stringify(order) });
}

async function press(button) {
  const place = button.closest("article").dataset;
  button.disabled = true; // until it is known what became of it
  await say("press", {
    channel: place.channel, ts: place.ts, action_id: button.dataset.actionId, value: button.dataset.value,
  });
  button.disabled = false;
  await refresh();
}

async function leave(dialog, what, order) {
  await say(what, { view: dialog.dataset.view, ...order });
  dialog.close();
  await refresh();
}

function showModal() {
  const dialog = document.querySelector("dialog.modal:not([open])");
  if (!dialog) return;
  dialog.showModal();
  dialog.addEventListener("cancel", () => leave(dialog, "close"));
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    leave(dialog, "submit", { values: Object.fromEntries(new FormData(event.target)) });
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-close]")) leave(button.closest("dialog"), "close");
  if (!button?.matches("[data-action-id]")) return;
  const dialog = button.nextElementSibling;
  if (!dialog?.matches("dialog.confirm")) return press(button);
  dialog.returnValue = "";
  dialog.showModal();
  dialog.onclose = () => dialog.returnValue === "confirm" && press(button);
});

document.addEventListener("submit", async (event) => {
  const composer = event.target.closest(".composer");
  if (!composer) return;
  event.preventDefault();
  const text = composer.elements.text.value;
  composer.elements.text.value = "";
  await say("command", { channel: composer.dataset.channel, text });
  await refresh();
});

document.addEventListener("change", async (event) => {
  if (event.target.id !== "me") return;
  await say("me", { user: event.target.value }, "PUT");
  location.reload();
});

localTimes(document);
showModal();
setInterval(() => refresh().catch(() => {}), PERIOD_MS);
