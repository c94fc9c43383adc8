const filter = document.querySelector<HTMLInputElement>('#filter')

filter?.addEventListener('input', () => {
  for (const item of document.querySelectorAll('li'))
    item.hidden = !item.textContent.toLowerCase().includes(filter.value.toLowerCase())
})
