import { type ShallowRef, shallowRef } from 'vue'
import type { ReportData } from '../../src/report/data.ts'

export interface Loaded {
  data: ShallowRef<ReportData | undefined>
  /** Why the data cannot be shown, or is not the newest. */
  problem: ShallowRef<string>
}

/** The data in the page, or where it has none, that of the dev server, anew whenever the server says so. */
export function load(): Loaded {
  const data = shallowRef<ReportData>()
  const problem = shallowRef('')
  const element = document.getElementById('data')!
  const text = element.textContent.trim()
  if (text === '') follow(data, problem)
  else {
    // A large site has megabytes of it.
    element.textContent = ''
    try {
      data.value = read(text)
    } catch (error) {
      problem.value = `The data of this page cannot be read: ${messageOf(error)}`
    }
  }
  return { data, problem }
}

function follow(data: Loaded['data'], problem: Loaded['problem']): void {
  let last = 0
  const update = async () => {
    const turn = ++last
    try {
      const response = await fetch('data.json', { headers: { accept: 'application/json' } })
      if (!response.ok) throw new Error(`\`data.json\`: ${response.status} ${response.statusText}`)
      const next = read(await response.text())
      // A later answer may come first.
      if (turn !== last) return
      data.value = next
      problem.value = ''
    } catch (error) {
      if (turn === last) problem.value = `The dev server gives no data: ${messageOf(error)}`
    }
  }
  void update()
  let events: EventSource | undefined
  const listen = () => {
    events = new EventSource('events')
    events.addEventListener('message', update)
    events.addEventListener('error', () => {
      problem.value = 'The dev server does not answer. What is shown may be old.'
      events?.addEventListener('open', update, { once: true })
    })
  }
  if (!document.hidden) listen()
  // A browser opens six connections to a server: a tab that nobody sees keeps none of them.
  document.addEventListener('visibilitychange', () => {
    events?.close()
    if (document.hidden) return
    void update()
    listen()
  })
}

function read(text: string): ReportData {
  const data = JSON.parse(text) as ReportData
  if (data.version !== 1 || (data.kind !== 'build' && data.kind !== 'dev'))
    throw new Error('it is of another version of vite-distill.')
  return data
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
