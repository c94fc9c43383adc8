import { type Ref, onBeforeUnmount, onMounted, ref } from 'vue'

/** The width of an element in pixels, as it changes. */
export function useWidth(element: Ref<HTMLElement | null>): Ref<number> {
  const width = ref(0)
  const observer = new ResizeObserver(() => {
    width.value = element.value?.clientWidth ?? 0
  })
  onMounted(() => {
    width.value = element.value!.clientWidth
    observer.observe(element.value!)
  })
  onBeforeUnmount(() => observer.disconnect())
  return width
}
