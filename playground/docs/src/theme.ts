const button = document.querySelector<HTMLButtonElement>('header .theme')!
const system = matchMedia('(prefers-color-scheme: dark)')
const { dataset } = document.documentElement

const isDark = () => (dataset.theme ? dataset.theme === 'dark' : system.matches)
const show = () => button.setAttribute('aria-pressed', String(isDark()))

button.addEventListener('click', () => {
  const chosen = isDark() ? 'light' : 'dark'
  // The theme of the system needs no choice: a change of the system counts again.
  if ((chosen === 'dark') === system.matches) delete dataset.theme
  else dataset.theme = chosen
  show()
  // Throws where the browser stores nothing.
  if (dataset.theme) localStorage.theme = chosen
  else localStorage.removeItem('theme')
})
system.addEventListener('change', show)
show()
