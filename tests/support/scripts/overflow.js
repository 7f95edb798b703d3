// Elements past the right edge, unless they scroll in a box of their own or are hidden on purpose.
const edge = document.documentElement.clientWidth;
const spills = [...document.body.querySelectorAll('*')].filter(node =>
  node.getBoundingClientRect().right > edge + 1 && !node.closest('.scroll, .long, .hidden, .skip'));
return {wide: document.documentElement.scrollWidth - edge, spills: spills.map(node => node.outerHTML.slice(0, 120))};
