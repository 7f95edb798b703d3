// Keys for the labelling page. The page is plain forms and works without this; nothing is fetched here.
"use strict";

const form = document.getElementById("answers");
const rows = [...form.querySelectorAll(".row")];
const live = document.getElementById("live");
const guide = document.getElementById("guide");
const note = document.getElementById("note");
const keysOn = document.getElementById("keys-on");
let current = -1;
let sent = false;

const isOpen = (row) => !row.querySelector("input:checked");
const firstOpen = () => rows.findIndex(isOpen);
const say = (words) => { live.textContent = words; };

function point(place, focus = true) {
  current = place;
  rows.forEach((row, index) => row.classList.toggle("current", index === place));
  if (!focus) return;
  const row = rows[place];
  if (row) (row.querySelector("input:checked") || row.querySelector("input")).focus();
  else document.getElementById("save").focus({ preventScroll: true });
}

function goOn() {
  // The next open row behind this one, else any open row, else the button that saves.
  const behind = rows.findIndex((row, index) => index > current && isOpen(row));
  point(behind >= 0 ? behind : firstOpen());
}

function choose(number) {
  const row = rows[current];
  if (!row) return;
  const isWhole = rows.length === 1 && isOpen(row);
  const choice = row.querySelectorAll("input[type=radio]")[number - 1];
  choice.checked = true;
  say(`${row.dataset.name}: ${choice.value.replace("_", " ")}`);
  goOn();
  if (isWhole) send(document.getElementById("save"));
}

function doubt() {
  const row = rows[current] || rows[rows.length - 1];
  const box = row.querySelector("input[type=checkbox]");
  if (!box) return;
  box.checked = !box.checked;
  say(`${row.dataset.name}: ${box.checked ? "unsure" : "no longer unsure"}`);
}

function restNotAddressed() {
  if (rows.length === 1) { choose(4); return; }
  for (const row of rows.filter(isOpen)) row.querySelector("input[value=not_addressed]").checked = true;
  say(document.querySelector("#rest").textContent.replace(/^0\s*/, "").trim());
  goOn();
}

function send(button) {
  if (button.disabled) return;
  const open = firstOpen();
  if (button.id === "save" && open >= 0) {
    point(open);
    say(`${rows[open].dataset.name} has no answer yet`);
    return;
  }
  form.requestSubmit(button);
}

function openGuide() {
  if (!guide.open) guide.showModal();
}

const KEYS = {
  1: () => choose(1), 2: () => choose(2), 3: () => choose(3), 4: () => choose(4),
  0: restNotAddressed,
  "?": doubt, "؟": doubt, "？": doubt,
  n: () => note.focus(),
  s: () => send(document.getElementById("skip")),
  u: () => send(document.getElementById("undo")),
  g: openGuide,
  ArrowDown: () => point(Math.min(current < 0 ? 0 : current + 1, rows.length - 1)),
  ArrowUp: () => point(Math.max(current < 0 ? rows.length - 1 : current - 1, 0)),
};

function actOf(event) {
  // Caps Lock makes a capital of the same key; where a keyboard writes another script, or digits with Shift alone, as
  // French ones do, the key in the same place is meant.
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (KEYS[key]) return KEYS[key];
  const place = event.code.replace(/^(Key|Digit)/, "").toLowerCase();
  const isMeant = /^\d$/.test(place) ? !event.shiftKey : /^[^\u0000-\u024f]$/.test(key);
  return isMeant ? KEYS[place] : undefined;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.metaKey || event.altKey || guide.open) return;
  const save = document.getElementById("save");
  if (event.target === note) {
    if (event.key === "Escape") { event.preventDefault(); current >= 0 && rows[current] ? point(current) : save.focus(); }
    if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); send(save); }
    return;
  }
  if (event.ctrlKey) return;
  if (event.key === "Enter") {
    if (event.target.closest("button:not(#save), a, summary")) return;
    event.preventDefault();
    if (!event.repeat) send(save);
    return;
  }
  const act = actOf(event);
  if (!act || (!keysOn.checked && !event.key.startsWith("Arrow"))) return;
  // In a region that scrolls, arrows scroll.
  if (event.key.startsWith("Arrow") && event.target.closest(".parent")) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) act();
});

form.addEventListener("focusin", (event) => {
  const place = rows.indexOf(event.target.closest(".row"));
  if (place >= 0) point(place, false);
});

form.addEventListener("submit", (event) => {
  // A form is sent once, however often a key is pressed.
  if (sent) event.preventDefault();
  sent = true;
});

document.getElementById("rest").hidden = false;
document.getElementById("rest").addEventListener("click", restNotAddressed);
document.getElementById("open-guide").addEventListener("click", (event) => { event.preventDefault(); openGuide(); });

window.addEventListener("pageshow", (event) => {
  sent = false;
  // The page that the browser kept may be behind what is saved.
  if (event.persisted) location.reload();
});

keysOn.checked = localStorage.getItem("stance-keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("stance-keys", keysOn.checked ? "on" : "off"));

// Each comment is begun at its article: the focus is on the comment, the view at the top.
history.scrollRestoration = "manual";
document.getElementById("comment").focus({ preventScroll: true });
window.addEventListener("load", () => window.scrollTo(0, 0));

point(firstOpen(), false);
// A live region speaks of what changes once the page is there.
setTimeout(() => { if (!live.textContent) say(live.dataset.first); }, 150);  // never over what a quick key said
