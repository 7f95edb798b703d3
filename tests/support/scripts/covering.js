return [...document.querySelectorAll('th bdi')].filter(name =>
  name.getBoundingClientRect().right > name.closest('th').getBoundingClientRect().right + 1
).map(name => name.closest('table').className)
