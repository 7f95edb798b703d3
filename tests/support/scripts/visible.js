// Texts that are painted inside the first screen to their last line, by the part of the page that they are of.
const seen = selector => [...document.querySelectorAll(selector)]
  .filter(node => node.checkVisibility() && node.getBoundingClientRect().bottom <= innerHeight)
  .map(node => node.innerText ?? node.textContent);
const opened = seen('h1.finding, .line'), chart = document.querySelector('.figure svg, svg.bar');
const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let before = 0;
for (let text; text = words.nextNode();)
  if (text.compareDocumentPosition(chart) & 4 && !text.parentElement.closest('script, style'))  // 4: it follows
    before += text.data.split(/\s+/).filter(word => /[\p{L}\p{N}]/u.test(word)).length;
const bottom = chart.getBoundingClientRect().bottom;
document.querySelector('#sure').closest('details').open = true;
const folded = selector => [...document.querySelectorAll(selector)].map(node => node.innerText);
return {opened, before, bottom, findings: folded('.findings > p'), notes: folded('.how'), step: folded('.next')};
