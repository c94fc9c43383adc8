const button = document.querySelector<HTMLButtonElement>('header .theme')!
const system = matchMedia('(prefers-color-scheme: dark)')
const { dataset } = document.documentElement

const isDark = () => (dataset.theme ? dataset.theme === 'dark' : system.matches)
const show = () => button.setAttribute('aria-pressed', String(isDark()))

button.addEventListener('click', () => {
  const chosen = isDark() ? 'light' : 'dark'
  // Back to the theme of the system: nothing is chosen, and a change of the system counts again.
  if ((chosen === 'dark') === system.matches) {
    delete dataset.theme
    localStorage.removeItem('theme')
  } else {
    dataset.theme = chosen
    localStorage.theme = chosen
  }
  show()
})
system.addEventListener('change', show)
show()
