// Draws the terms of a comparison: each by the share of authors who use it in either group. The page is complete without
// it: tables hold the same terms. Texts of strangers become text nodes only.

const place = document.querySelector(".scatter");
const all = JSON.parse(document.getElementById("words-data")?.textContent ?? "[]");

const draw = (place, all) => {
  const [svg, caption, chosen] = ["svg", "figcaption", ".chosen-word"].map((name) => place.querySelector(name));
  const [choice, find] = ["select", "input"].map((name) => place.querySelector(name));
  const TICKS = [0.001, 0.01, 0.1, 1];
  const MARGIN = { left: 46, right: 14, top: 26, bottom: 46 };
  let dots = [];

  const make = (name, attributes = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const element = (name, ...children) => {
    const node = document.createElement(name);
    node.append(...children);
    return node;
  };
  const percent = (share) => `${Number((share * 100).toPrecision(2))} %`;
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  // Terms that few use share a place: they are set beside each other, the same way at each drawing.
  const nudge = (at, step) => (((at * step) % 101) / 101 - 0.5) * 14;

  const words = ({ record, group, against }, term) =>
    `${term.term}: ${term.authors} of ${record.size.authors} authors (${group}), ` +
    `${term.other_authors} of ${record.other_size.authors} (${against})`;

  const pattern = (forms) => {
    const escaped = forms.map((form) =>
      form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/'/g, "['’]").replace(/ /g, "\\s+"),
    );
    escaped.sort((one, other) => other.length - one.length);
    return new RegExp(`(?<![\\p{L}\\p{N}])(${escaped.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  };

  const marked = (text, forms) =>
    text.split(pattern(forms)).map((part, at) => (at % 2 ? element("mark", part) : part)); // each second part is a match

  const open = (compared, term) => {
    for (const dot of dots) dot.node.setAttribute("aria-pressed", String(dot.term === term));
    const items = term.examples.map((at) => {
      const example = compared.record.pool[at];
      const quote = element("q", element("bdi", ...marked(example.text, term.forms)));
      const link = element("a", "in its thread");
      link.href = compared.links[at];
      return element("li", quote, " ", element("span", example.outlet ?? "", ", ", link));
    });
    for (const item of items) item.lastChild.className = "note";
    const list = element("ul", ...items);
    list.className = "quotes";
    const test = `z ${term.z.toFixed(2).replace("-", "−")}, p ${term.p_adjusted.toFixed(3)}`;
    const facts = element("p", `${words(compared, term)}; ${term.significant ? "significant" : "not significant"}, ${test}.`);
    chosen.replaceChildren(element("h3", element("bdi", term.term)), facts, list);
  };

  const shape = (term, x, y) => {
    if (!term.significant) return make("circle", { cx: x, cy: y, r: 3 });
    const [tip, base] = term.z > 0 ? [-6, 5] : [6, -5];
    return make("path", { d: `M${x} ${y + tip} L${x + 6} ${y + base} L${x - 6} ${y + base} Z` });
  };

  const axes = (compared, scale, width, height) => {
    const [x, y] = [scale.x, scale.y];
    const line = (x1, y1, x2, y2, name) => make("line", { x1, y1, x2, y2, class: name });
    const text = (words, x, y, anchor) => make("text", { x, y, "text-anchor": anchor }, words);
    const nodes = [line(x(scale.low), y(scale.low), x(scale.high), y(scale.high), "rail")];
    for (const tick of TICKS.filter((tick) => tick >= scale.low && tick <= scale.high)) {
      nodes.push(line(x(tick), y(scale.low), x(tick), y(scale.high), "grid"), text(percent(tick), x(tick), height - 28, "middle"));
      nodes.push(line(x(scale.low), y(tick), x(scale.high), y(tick), "grid"), text(percent(tick), 40, y(tick) + 4, "end"));
    }
    const most = Math.floor(width / 8) - 16; // characters that fit
    const short = (name) => (name.length > most ? `${name.slice(0, most)}…` : name);
    nodes.push(text(`↑ used more: ${short(compared.group)}`, 2, 14, "start"));
    nodes.push(text(`used more: ${short(compared.against)} →`, width - 4, height - 8, "end"));
    return nodes;
  };

  const label = (dots, width, height) => {
    const taken = dots.filter((dot) => dot.term.significant).map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
    const free = ([left, top, right, bottom]) =>
      left > MARGIN.left && right < width && top > 18 && bottom < height - 40 &&
      taken.every((box) => right < box[0] || left > box[2] || bottom < box[1] || top > box[3]);
    let left = width < 500 ? 16 : 60;
    for (const { node, x, y, term } of dots) {
      if (left === 0) break;
      const text = make("text", { class: term.significant ? "strong" : "" }, term.term);
      node.append(text);
      const length = text.getComputedTextLength();
      const places = [[x + 8, y + 4], [x - 8 - length, y + 4], [x - length / 2, y - 9], [x - length / 2, y + 18]];
      const fitting = places.find(([at, base]) => free([at, base - 11, at + length, base + 3]));
      if (fitting) {
        const [at, base] = fitting;
        text.setAttribute("x", at);
        text.setAttribute("y", base);
        taken.push([at, base - 11, at + length, base + 3]);
        left -= 1;
      } else text.remove();
    }
  };

  const show = () => {
    const compared = all[Number(choice.value)];
    const { record } = compared;
    const width = Math.max(280, svg.parentElement.clientWidth);
    const height = Math.min(560, Math.max(360, Math.round(width * 0.75)));
    const floor = [record.size, record.other_size].map((size) => 0.5 / size.authors); // the place of what nobody uses
    const shares = record.points.flatMap((term) => [
      [Math.max(term.authors / record.size.authors, floor[0]), Math.max(term.other_authors / record.other_size.authors, floor[1])],
    ]);
    const low = Math.min(...floor) * 0.8;
    const high = Math.min(1.2, Math.max(...shares.flat(), low * 10) * 1.3);
    const part = (share) => Math.log(share / low) / Math.log(high / low);
    const scale = {
      low,
      high,
      x: (share) => MARGIN.left + part(share) * (width - MARGIN.left - MARGIN.right),
      y: (share) => height - MARGIN.bottom - part(share) * (height - MARGIN.top - MARGIN.bottom),
    };
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.style.height = `${height}px`;
    svg.dataset.kind = record.kind;
    svg.replaceChildren(...axes(compared, scale, width, height));
    dots = record.points.map((term, at) => {
      const [x, y] = [scale.x(shares[at][1]) + nudge(at, 37), scale.y(shares[at][0]) + nudge(at, 61)];
      const side = term.significant ? (term.z > 0 ? "more-own" : "more-other") : "no-side";
      const node = make("g", { role: "button", tabindex: at ? -1 : 0, "aria-pressed": "false", class: `dot-of ${side}` });
      node.append(make("title", {}, words(compared, term)), shape(term, x, y));
      node.setAttribute("aria-label", words(compared, term));
      node.addEventListener("click", () => open(compared, term));
      return { node, term, x, y };
    });
    svg.append(...dots.map((dot) => dot.node).reverse()); // the surest are on top
    label(dots, width, height);
    caption.textContent =
      `${record.points.length} of ${record.tested} terms that five authors or more use. Up: share of the ${record.size.authors} authors ` +
      `of “${compared.group}”; right: of the ${record.other_size.authors} of “${compared.against}”; on a log scale. ` +
      "Triangles differ significantly. Choose a word to read its comments; arrow keys move between words.";
    seek();
  };

  const seek = () => {
    const wanted = plain(find.value.trim());
    for (const { node, term } of dots) node.classList.toggle("dim", !!wanted && !term.forms.some((form) => plain(form).includes(wanted)));
  };

  const choose = () => {
    chosen.replaceChildren();
    show();
  };

  svg.addEventListener("keydown", (event) => {
    const shown = dots.filter((dot) => !dot.node.classList.contains("dim"));
    const at = shown.findIndex((dot) => dot.node === document.activeElement);
    if (at < 0) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      const next = shown[(at + step + shown.length) % shown.length];
      shown[at].node.setAttribute("tabindex", -1);
      next.node.setAttribute("tabindex", 0);
      next.node.focus();
    } else if (event.key === "Enter" || event.key === " ") open(all[Number(choice.value)], shown[at].term);
    else return;
    event.preventDefault();
  });
  find.addEventListener("input", seek);
  find.addEventListener("keydown", (event) => {
    const first = dots.find((dot) => !dot.node.classList.contains("dim"));
    if (event.key === "Enter" && find.value.trim() && first) open(all[Number(choice.value)], first.term);
  });
  choice.addEventListener("change", choose);

  const strongest = all.findIndex((each) => each.record.significant);
  if (strongest > 0) choice.value = String(strongest);
  place.hidden = false;
  let width = 0;
  new ResizeObserver(() => {
    if (place.clientWidth !== width) {
      width = place.clientWidth;
      show();
    }
  }).observe(place);
};

if (place && all.length) draw(place, all);
