// Sorts the table of pages, and shows those that fit a choice. The page is complete without it: the controls are hidden
// until it runs, and it only moves, hides and shows what is there.

const table = document.querySelector("table.documents");
const tools = document.querySelector(".tools");
const body = table.tBodies[0];
const rows = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const order = document.getElementById("order");
const find = document.getElementById("find");
const outlet = document.getElementById("outlet");
const toward = document.getElementById("toward");
const more = document.getElementById("more");
const compare = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare;

const outletOf = (row) => row.cells[1].querySelector("bdi")?.textContent ?? "";
const words = rows.map((row) => `${row.cells[0].textContent} ${outletOf(row)}`.toLowerCase());
const outlets = rows.map(outletOf);
const places = new Map(rows.map((row, at) => [row, at]));

// What a column is sorted by; null stands last, whichever way.
const keys = [
  (row) => row.cells[0].querySelector("a").textContent,
  (row) => outletOf(row) || null,
  (row) => row.cells[2].querySelector("time")?.dateTime ?? null,
  (row) => Number(row.cells[3].querySelector("data").value),
  ...heads.slice(4).map((_, at) => (row) => {
    const n = row.cells[4 + at].dataset.n;
    return n === undefined ? null : Number(n);
  }),
];

const against = (one, other) => (typeof one === "number" ? one - other : compare(one, other));

const sorted = (key, way) => {
  const keyed = rows.map((row) => [key(row), row]);
  const sign = way === "ascending" ? 1 : -1;
  const byKey = ([one], [other]) =>
    one === null || other === null ? (one === null) - (other === null) : sign * against(one, other);
  return keyed.sort(byKey).map(([, row]) => row);
};

const arrange = (choice) => {
  const [column, way] = choice.split(" ");
  body.append(...(choice ? sorted(keys[column], way) : rows));
  heads.forEach((head, at) => {
    if (choice && at === Number(column)) head.setAttribute("aria-sort", way);
    else head.removeAttribute("aria-sort");
  });
  order.value = choice;
  chooseAnew();
};

// A browser takes seconds to lay out thousands of rows with pictures, so that many are shown only when asked for.
const STEP = 25;
let limit = STEP;

const choose = () => {
  const asked = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let fitting = 0;
  for (const row of body.rows) {
    const at = places.get(row);
    const fits =
      asked.every((word) => words[at].includes(word)) &&
      (!outlet?.value || outlets[at] === outlet.value) &&
      (!toward.value || row.cells[4 + Number(toward.value)].dataset.n !== undefined);
    fitting += fits;
    row.hidden = !fits || fitting > limit;
  }
  const many = (n) => n.toLocaleString("en");
  const listed = fitting > limit ? `; the first ${many(limit)} are listed` : "";
  document.getElementById("shown").textContent = `Showing ${many(fitting)} of ${many(rows.length)} pages${listed}`;
  more.hidden = fitting <= limit;
};

const chooseAnew = () => {
  limit = STEP;
  choose();
};

const offer = (column, label, ways) => {
  for (const way of ways) order.add(new Option(`${label[way] ?? label}`, `${column} ${way}`));
};

heads.forEach((head, at) => {
  const name = head.textContent.replace(/^The /, "the ");
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const other = { ascending: "descending", descending: "ascending" };
    arrange(`${at} ${other[head.getAttribute("aria-sort")] ?? head.dataset.first}`);
  });
  const labels = [
    { ascending: "title, A to Z", descending: "title, Z to A" },
    { ascending: "outlet, A to Z", descending: "outlet, Z to A" },
    { ascending: "oldest first", descending: "newest first" },
    { ascending: "fewest comments first", descending: "most comments first" },
  ];
  offer(at, labels[at] ?? { ascending: `most against ${name} first`, descending: `most in favor of ${name} first` }, [
    head.dataset.first,
    head.dataset.first === "ascending" ? "descending" : "ascending",
  ]);
});

order.addEventListener("change", () => arrange(order.value));
find.addEventListener("input", chooseAnew);
toward.addEventListener("change", chooseAnew);
outlet?.addEventListener("change", chooseAnew);
more.querySelector("button").addEventListener("click", () => {
  const first = [...body.rows].find((row) => row.hidden);
  limit += STEP;
  choose();
  first?.querySelector("a").focus(); // the button moves away, or goes
});
more.querySelector("button + button").addEventListener("click", () => {
  limit = Infinity;
  choose();
});
tools.hidden = false;
choose();
