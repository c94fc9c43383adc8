const button = document.querySelector('#count')
let count = 0

button?.addEventListener('click', () => {
  count++
  button.textContent = `Count: ${count}`
})
