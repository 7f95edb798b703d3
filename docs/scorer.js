// Weights of the search: a heading that holds the question first, then pages for users, then those for contributors.
var Scorer = {
  score: ([docname, _title, anchor, _descr, score]) =>
    score + (anchor ? 20 : 0) - (/^(docs\/(design|parsing|model|estimation|figures)$|[A-Z]|research|data)/.test(docname) ? 2 : 0),
  objNameMatch: 11, objPartialMatch: 6, objPrio: { 0: 15, 1: 5, 2: -5 }, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
};
