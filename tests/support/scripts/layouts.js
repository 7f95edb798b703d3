// Texts, bars and panels of SVG charts that overlap, and what is beyond the edge.
const boxOf = (element) => {
  const box = element.getBoundingClientRect();
  return { left: box.left, right: box.right, top: box.top, bottom: box.bottom, words: element.textContent };
};
// The box of a text has room for letters that it does not use: above capitals and below the line.
const textOf = (element) => {
  const box = boxOf(element);
  return { ...box, top: box.top + 2, bottom: box.bottom - 2 };
};
const meet = (one, other) =>
  one.left < other.right - 0.5 && other.left < one.right - 0.5 && one.top < other.bottom && other.top < one.bottom;
const faults = [];
document.querySelectorAll("svg").forEach((svg, number) => {
  const edge = boxOf(svg);
  const texts = [...svg.querySelectorAll("text")].map(textOf);
  const bars = [...svg.querySelectorAll("rect[class], line.bound, circle.full, circle.dot")].map(boxOf);
  const panels = [...svg.querySelectorAll(":scope > g")].map(boxOf);
  const outside = [...texts, ...bars].filter(
    (box) => box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom,
  );
  for (const box of outside) faults.push(`${number}: cut: ${box.words}`);
  const crossing = (boxes, others) => {
    boxes.forEach((box, place) => {
      for (const other of others === boxes ? boxes.slice(place + 1) : others) {
        if (meet(box, other)) faults.push(`${number}: ${box.words} | ${other.words}`);
      }
    });
  };
  crossing(texts, texts);
  crossing(texts, bars);
  crossing(panels, panels);
});
return faults;
