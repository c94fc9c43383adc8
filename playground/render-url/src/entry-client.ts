const counter = document.querySelector<HTMLButtonElement>('#counter')!
let count = 0

counter.addEventListener('click', () => (counter.textContent = `Count: ${++count}`))
