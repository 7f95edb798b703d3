// Sends dropped files one after the other, and fetches the pieces of the page that change.
"use strict";

const { token } = document.body.dataset;
const AT_ONCE = 3;
const uploading = document.getElementById("uploading");
const refused = document.getElementById("refused");
const drop = document.getElementById("drop");
const frame = document.getElementById("report");
let report = document.body.dataset.report;
let soon = 0;
let isOver = false;
const pieces = new Map();

function post(path, values) {
  return fetch(path, { method: "POST", redirect: "manual", body: new URLSearchParams({ form_token: token, ...values }) });
}

// Another program may take the port of a window that has ended: nothing is asked from it or sent to it any more.
function end() {
  isOver = true;
  clearTimeout(soon);
  document.querySelector("main").inert = true;
  uploading.textContent = "The window was ended in its terminal. Its files are kept. stance open starts the window again, with a new link.";
}

async function sendOne({ path, file }) {
  if (isOver) return `${path}: not sent; the window was ended in its terminal`;
  const headers = { "content-type": "application/octet-stream", "x-form-token": token };
  try {
    const answer = await fetch(`/files?name=${encodeURIComponent(path)}`, { method: "POST", headers, body: file });
    if (answer.ok) return null;
    const type = answer.headers.get("content-type") || "";
    return type.startsWith("application/json") ? (await answer.json()).refused : (await answer.text()).trim();
  } catch {
    await look();
    return `${path}: not sent; is stance open still running in its terminal?`;
  }
}

async function sendAll(items) {
  if (!items.length) return;
  let done = 0;
  refused.replaceChildren();
  const waiting = [...items];
  async function work() {
    for (let item = waiting.shift(); item; item = waiting.shift()) {
      const reason = await sendOne(item);
      if (reason) {
        const line = document.createElement("li");
        line.textContent = reason;
        refused.append(line);
      } else done += 1;
      uploading.textContent = `${done} of ${items.length} files taken in.`;
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (!isOver) await post("/do/read").catch(() => null);
  look();
}

async function entriesOf(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ path: path + entry.name, file }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    // A reader gives at most some hundred entries at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const each of some) found.push(...await entriesOf(each, `${path}${entry.name}/`));
  }
}

async function take(event) {
  event.preventDefault();
  drop.classList.remove("over");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  const files = entries.length ? (await Promise.all(entries.map((entry) => entriesOf(entry)))).flat()
    : [...event.dataTransfer.files].map((file) => ({ path: file.name, file }));
  sendAll(files);
}

document.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", take);
for (const name of ["choose-files", "choose-folder"]) {
  const input = document.getElementById(name);
  input.addEventListener("change", () => {
    sendAll([...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
    input.value = "";
  });
}

// The frame is as high as its page: only the window has a scroll bar.
const grown = new ResizeObserver(([{ target }]) => {
  target.style.overflowY = "hidden";
  frame.style.height = `${Math.ceil(target.getBoundingClientRect().height) + 1}px`;
});
function fit() {
  grown.disconnect();
  // A blank page is as high as its frame, and would grow with it.
  if (frame.contentDocument?.doctype) grown.observe(frame.contentDocument.documentElement);
}
// Beside the page of an article, its comments can be drawn to be labelled.
const labelPage = document.getElementById("label-page");
function offerLabels() {
  const page = /^\/report\/([0-9a-f]{8,64})\.html$/.exec(frame.contentWindow?.location.pathname ?? "");
  labelPage.hidden = !page;
  if (page) labelPage.elements.name.value = page[1];
}
const former = document.getElementById("former");
frame.addEventListener("load", () => { fit(); offerLabels(); former.hidden = true; });
fit();

function showReport(version) {
  if (String(version) === report) return;
  if (!version) {  // none of this choice of pages
    report = "0";
    document.getElementById("views").hidden = frame.hidden = true;
    return;
  }
  const isFirst = report === "0";
  report = String(version);
  document.getElementById("views").hidden = false;
  document.getElementById("drawn").textContent = isFirst ? "The report is ready." : "The report is updated.";
  frame.hidden = false;
  // What is read or searched in the frame stays where it is; its next page is of the new report.
  former.hidden = isFirst || document.activeElement !== frame;
  if (former.hidden) {
    const at = isFirst ? "/report/index.html" : frame.contentWindow.location.pathname;
    frame.contentWindow.location.replace(at.startsWith("/report/") ? at : "/report/index.html");
  }
}

async function look() {
  clearTimeout(soon);
  if (isOver) return;
  let busy = false;
  try {
    const answer = await fetch("/state");
    if (answer.ok) {
      const state = await answer.json();
      busy = state.busy;
      for (const [name, text] of Object.entries(state.pieces)) {
        const piece = document.querySelector(`[data-piece="${name}"]`);
        // What is in use is not replaced under the hands of its user.
        if (pieces.get(name) !== text && !piece.contains(document.activeElement) && !piece.matches(":active")) {
          piece.innerHTML = text;
          pieces.set(name, text);
        }
      }
      for (const each of state.documents ? document.querySelectorAll("[data-later]") : []) each.hidden = false;
      document.getElementById("comparison").hidden = !state.comparison;
      showReport(state.report);
      // "Updated" holds until the report is said to be out of date.
      if (document.querySelector('[data-piece="shown"] .problem')) document.getElementById("drawn").textContent = "";
    }
  } catch {
    return end();
  }
  soon = setTimeout(look, busy ? 1000 : 3000);
}

look();
