// Texts that are painted over each other, or past the edge of their cell; what is hidden on purpose is not painted.
const boxes = [], found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text; text = walker.nextNode();) {
  const parent = text.parentElement, range = document.createRange();
  const clipped = [parent.closest('.hidden, .skip, script'), parent.closest('thead')].some(each =>
    each && (each.tagName !== 'THEAD' || getComputedStyle(each).clipPath !== 'none'));
  if (!text.data.trim() || clipped || !parent.checkVisibility({contentVisibilityAuto: true})) continue;
  range.selectNodeContents(text);
  const edge = parent.closest('svg') ? null : parent.closest('td, th');
  for (const box of range.getClientRects()) {
    boxes.push([box, text]);
    if (edge && box.right > edge.getBoundingClientRect().right + 1) found.push(`${text.data.trim()} past its cell`);
  }
}
boxes.sort(([a], [b]) => a.top - b.top).forEach(([a, one], at) => {
  for (let next = at + 1; next < boxes.length && boxes[next][0].top < a.bottom - 5; next++) {
    const [b, other] = boxes[next], wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    if (one !== other && wide > 2 && b.bottom > b.top + 5) found.push(`${one.data.trim()} | ${other.data.trim()}`);
  }
});
return found;
