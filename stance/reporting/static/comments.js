// Shows those of the page's comments that fit a choice, and the first fifty where nothing is chosen. The page is complete without it: the controls are hidden until
// it runs, and it only hides and shows what is there.

const tools = document.querySelector(".filter");
const [target, stance] = tools.querySelectorAll("select");
const words = tools.querySelector("input");
const reset = tools.querySelector("button");
const status = tools.querySelector("[role=status]");
const comments = [...document.querySelectorAll(".comment")].map((item) => ({
  item,
  choices: item.dataset.choices.split(" "),
  text: null,
}));

const more = document.querySelector(".more");

const STEP = 50;
let limit = STEP;

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Texts are read at the first search, so that a page of thousands of comments opens at once.
const holds = (comment, wanted) => {
  comment.text ??= plain([".author", ".text"].map((part) => comment.item.querySelector(part).textContent).join(" "));
  return wanted.every((word) => comment.text.includes(word));
};

const isChosen = (comment) => {
  if (stance.value === "nothing" || stance.value === "none") return comment.choices.includes(stance.value);
  if (!target.value && !stance.value) return true;
  return comment.choices.some((choice) => {
    const [place, side] = choice.split(":");
    return side !== undefined && (!target.value || place === target.value) && (!stance.value || side === stance.value);
  });
};

const choose = () => {
  const wanted = plain(words.value).split(/\s+/).filter(Boolean);
  const most = target.value || stance.value || wanted.length ? Infinity : limit;
  let [fitting, shown] = [0, 0];
  for (const comment of comments) {
    const fits = isChosen(comment) && (wanted.length === 0 || holds(comment, wanted));
    const isLater = fits && fitting >= most;
    comment.item.hidden = !fits;
    comment.item.classList.toggle("later", isLater); // unlike what is hidden, it stands on paper
    fitting += fits;
    shown += fits && !isLater;
  }
  more.hidden = shown === fitting;
  reset.disabled = shown === comments.length;
  status.textContent = `${shown.toLocaleString("en")} of ${comments.length.toLocaleString("en")} comments shown`;
};

const showAll = () => {
  target.value = stance.value = words.value = "";
  limit = Infinity;
  choose();
};

// Whoever follows a link to a comment that is hidden wants to see it.
const showLinked = (hash) => {
  const linked = /^#comment-\d+$/.test(hash) && document.getElementById(hash.slice(1));
  if (linked && (linked.hidden || linked.classList.contains("later"))) {
    showAll();
    linked.scrollIntoView();
  }
};

// The controls stay at the top of the window: what is linked to, or reached by keyboard, must not end up under them.
const keepClear = () => {
  const stays = getComputedStyle(tools).position === "sticky";
  document.documentElement.style.scrollPaddingTop = stays ? `${tools.offsetHeight}px` : "";
};

let waiting;
words.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(choose, 150);
});
for (const control of [target, stance]) control.addEventListener("change", choose);
reset.addEventListener("click", () => {
  showAll();
  words.focus();
});
more.addEventListener("click", () => {
  const next = comments[limit].item;
  limit += STEP;
  choose();
  next.querySelector("a").focus(); // the button moves away, or goes
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#comment-']");
  if (link) showLinked(link.hash);
});
window.addEventListener("hashchange", () => showLinked(window.location.hash));
window.addEventListener("resize", keepClear);

tools.hidden = false;
keepClear();
choose(); // a browser that comes back to the page keeps what was chosen
showLinked(window.location.hash);
