import { type Ref, ref, watch } from 'vue'

/** The width of an element in pixels, as it changes. */
export const useWidth = (element: Ref<HTMLElement | null>) => useSize(element, 'clientWidth')

/** The same for its height. */
export const useHeight = (element: Ref<HTMLElement | null>) => useSize(element, 'clientHeight')

function useSize(element: Ref<HTMLElement | null>, side: 'clientWidth' | 'clientHeight'): Ref<number> {
  const size = ref(0)
  const read = () => {
    size.value = element.value?.[side] ?? 0
  }
  watch(
    element,
    (element, _, onCleanup) => {
      if (!element) return
      read()
      const observer = new ResizeObserver(read)
      observer.observe(element)
      onCleanup(() => observer.disconnect())
    },
    { flush: 'post' },
  )
  return size
}
