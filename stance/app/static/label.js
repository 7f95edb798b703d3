// Keys for the labelling page. The page is plain forms and works without this; nothing is fetched here.
"use strict";

const form = document.getElementById("answers");
const rows = [...form.querySelectorAll(".row")];
const live = document.getElementById("live");
const guide = document.getElementById("guide");
const note = document.getElementById("note");
const keysOn = document.getElementById("keys-on");
const save = document.getElementById("save");
// The row that keys answer: the first without an answer, or the first of a comment that is answered again; then the row
// that had the focus last, whether by key, Tab or mouse.
let current;
let sent = false;

const isOpen = (row) => !row.querySelector("input:checked");
const say = (words) => { live.textContent = words; };

function mark(row) {
  current?.classList.remove("current");
  current = row;
  row.classList.add("current");
}

function point(row) {
  mark(row);
  (row.querySelector("input:checked") || row.querySelector("input")).focus();
}

const rowBelow = () => rows[rows.indexOf(current) + 1] || current;
const rowAbove = () => rows[rows.indexOf(current) - 1] || current;

function choose(number) {
  const choice = current.querySelectorAll("input[type=radio]")[number - 1];
  choice.checked = true;
  say(`${current.dataset.name}: ${choice.value.replace("_", " ")}`);
  if (rows.length === 1) { send(save); return; }
  // Past rows that are answered already, and back to one that was left out.
  const behind = rows.slice(rows.indexOf(current));
  point(behind.find(isOpen) || rows.find(isOpen) || rowBelow());
}

function doubt() {
  const box = current.querySelector("input[type=checkbox]");
  box.checked = !box.checked;
  say(`${current.dataset.name}: ${box.checked ? "unsure" : "no longer unsure"}`);
}

function restNotAddressed() {
  for (const row of rows.filter(isOpen)) row.querySelector("input[value=not_addressed]").checked = true;
  say(document.querySelector("#rest").textContent.replace(/^0\s*/, "").trim());
  point(current);
}

function send(button) {
  if (button.disabled) return;
  const open = rows.find(isOpen);
  if (button === save && open) {
    point(open);
    say(`${open.dataset.name} has no answer yet`);
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
  ArrowDown: () => point(rowBelow()),
  ArrowUp: () => point(rowAbove()),
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
  if (event.target === note) {
    if (event.key === "Escape") { event.preventDefault(); point(current); }
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
  const row = event.target.closest(".row");
  if (row) mark(row);
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

// A new comment is begun at its article: the focus is on the comment, the view at the top.
history.scrollRestoration = "manual";
const begun = rows.find(isOpen);
if (begun) {
  mark(begun);
  document.getElementById("comment").focus({ preventScroll: true });
} else point(rows[0]);
window.addEventListener("load", () => window.scrollTo(0, 0));

// A live region speaks of what changes once the page is there.
setTimeout(() => { if (!live.textContent) say(live.dataset.first); }, 150);  // never over what a quick key said
