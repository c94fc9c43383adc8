import { type WritableComputedRef, computed, shallowRef } from 'vue'
import { type Place, formatPlace, parsePlace } from './place.ts'

/** What the address bar says. */
export const place = shallowRef<Place>(parsePlace(location.hash))

addEventListener('hashchange', () => {
  place.value = parsePlace(location.hash)
})

let writing: ReturnType<typeof setTimeout> | undefined

/** A part of the hash's query, to read and to write. Typing adds no entries to the history. */
export function useQuery(name: string): WritableComputedRef<string> {
  return computed({
    get: () => place.value.query[name] ?? '',
    set(value) {
      const { view, query } = place.value
      place.value = { view, query: { ...query, [name]: value } }
      clearTimeout(writing)
      // Browsers refuse to write it many times in a second.
      writing = setTimeout(() => history.replaceState(history.state, '', formatPlace(place.value)), 200)
    },
  })
}

/** The address of a view. */
export const hrefOf = (view: string, query: Record<string, string> = {}): string =>
  formatPlace({ view, query })

/** The address of the view that is shown, with another value of its query; an empty one is left out. */
export const hrefWith = (name: string, value: string): string => {
  const { view, query } = place.value
  return formatPlace({ view, query: { ...query, [name]: value } })
}
