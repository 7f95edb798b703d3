const stray = [], range = document.createRange();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text; text = walker.nextNode();) {
  const before = text.previousSibling;
  if (!/^[,.;:)]/.test(text.data) || before?.nodeType !== 1 || !text.parentElement.checkVisibility()) continue;
  range.setStart(text, 0); range.setEnd(text, 1);
  const top = range.getBoundingClientRect().top;
  if (top >= before.getBoundingClientRect().bottom) stray.push(text.parentElement.innerText);
}
return stray;
