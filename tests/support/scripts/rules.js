const done = arguments[arguments.length - 1];
document.querySelectorAll('details').forEach(each => { each.open = true; });
const rules = {'color-contrast': {enabled: arguments[1]}};
axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, rules, resultTypes: ['violations']}).then(
  found => done({
    checked: found.passes.length,
    violations: found.violations.flatMap(rule => rule.nodes.slice(0, 5).map(node =>
      `${rule.id}: ${node.target}: ${node.html.slice(0, 120)}: ${node.failureSummary.slice(0, 200)}`)),
  }),
  error => done({checked: 0, violations: [String(error)]}));
