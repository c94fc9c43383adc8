import { type Range, defaultRangeExtractor, useVirtualizer } from '@tanstack/vue-virtual'
import { type Ref, computed, nextTick, ref, watch } from 'vue'

/** Draws only the rows that are seen, and moves a focus through all of them. Heights are in pixels. */
export function useGrid(
  scroller: Ref<HTMLElement | null>,
  count: () => number,
  rowHeight: () => number,
  headHeight: () => number,
) {
  /** The row that Tab leads to. */
  const active = ref(0)
  watch(count, (count) => {
    active.value = Math.max(0, Math.min(active.value, count - 1))
  })

  const virtualizer = useVirtualizer(
    computed(() => {
      const kept = active.value
      const head = headHeight()
      const height = rowHeight()
      return {
        count: count(),
        getScrollElement: () => scroller.value,
        estimateSize: () => height,
        overscan: 10,
        scrollMargin: head,
        scrollPaddingStart: head,
        // The row that Tab leads to stays in the page when it is scrolled out of sight.
        rangeExtractor: (range: Range) => {
          const seen = defaultRangeExtractor(range)
          if (kept >= range.count || seen.includes(kept)) return seen
          return [...seen, kept].sort((a, b) => a - b)
        },
      }
    }),
  )
  watch(rowHeight, () => virtualizer.value.measure())

  const items = computed(() => {
    const total = count()
    const margin = virtualizer.value.options.scrollMargin
    return virtualizer.value
      .getVirtualItems()
      .filter(({ index }) => index < total)
      .map(({ index, start }) => ({ index, top: start - margin }))
  })
  const height = computed(() => count() * rowHeight())

  async function focusRow(index: number): Promise<void> {
    active.value = Math.max(0, Math.min(index, count() - 1))
    await nextTick()
    virtualizer.value.scrollToIndex(active.value)
    scroller.value
      ?.querySelector<HTMLElement>(`[data-index="${active.value}"]`)
      ?.focus({ preventScroll: true })
  }

  function onKeydown(event: KeyboardEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
    if (!row || event.altKey || event.metaKey) return
    const at = Number(row.dataset.index)
    const page = Math.max(1, Math.floor((scroller.value!.clientHeight - headHeight()) / rowHeight()) - 1)
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: count() - 1,
    }
    const next = moves[event.key]
    if (next !== undefined) void focusRow(next)
    else if (event.key === 'Enter' && event.target === row) row.querySelector('a')?.click()
    else return
    event.preventDefault()
  }

  function toTop(): void {
    active.value = 0
    virtualizer.value.scrollToOffset(0)
  }

  return { active, items, height, onKeydown, toTop }
}
