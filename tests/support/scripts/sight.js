return [...document.querySelectorAll('.scroll table')].map(table => {
  const cell = table.querySelector('tbody td'), box = table.parentElement.getBoundingClientRect();
  return cell.getBoundingClientRect().left - box.left < box.width;
})
