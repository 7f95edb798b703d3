// Every visible element with text of its own: its color against the nearest background that is painted.
const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const rgb = color => color.match(/[\d.]+/g).map(Number);
const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const painted = node => {
  for (; node; node = node.parentElement) {
    const color = rgb(getComputedStyle(node).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color;
  }
  return [255, 255, 255];
};
const probe = document.createElement('i');
document.body.append(probe);
const resolved = name => {
  probe.style.color = `var(${name})`;
  return rgb(getComputedStyle(probe).color);
};
const poor = [], seen = new Set();
const check = (what, front, back, least) => {
  seen.add(what);
  const found = ratio(front, back);
  if (found < least) poor.push(`${what}: ${found.toFixed(2)}, expected ${least}`);
};
for (const node of document.body.querySelectorAll('*')) {
  const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
  const style = getComputedStyle(node);
  if (!own || style.visibility === 'hidden' || node.closest('svg, .skip')) continue;
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
  check(`${node.tagName}.${node.className}`, rgb(style.color), painted(node), large ? 3 : 4.5);
  for (const part of ['::before', '::after']) {
    const made = getComputedStyle(node, part);
    if (made.content !== 'none' && made.content !== 'normal')
      check(`${node.tagName}${part}`, rgb(made.color), painted(node), 4.5);
  }
}
for (const node of document.querySelectorAll('.bar text'))
  check('bar text', rgb(getComputedStyle(node).fill), resolved('--' + node.getAttribute('class').slice(3)), 4.5);
for (const side of ['against', 'favor'])
  check('bar ' + side, resolved('--' + side), resolved('--paper'), 3);
probe.remove();
return {poor: poor, seen: seen.size};
