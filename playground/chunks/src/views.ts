import type { Component } from 'vue'

interface View {
  title: string
  /** Where its module is, as the client's manifest names it. */
  source: string
  load(): Promise<{ default: Component }>
}

/** Each is a chunk of its own, in the browser and on the server. */
export const views: Record<string, View> = {
  '/': { title: 'Long walks', source: 'src/views/Home.vue', load: () => import('./views/Home.vue') },
  '/map/': { title: 'Map', source: 'src/views/Map.vue', load: () => import('./views/Map.vue') },
  '/diary/': { title: 'Diary', source: 'src/views/Diary.vue', load: () => import('./views/Diary.vue') },
}
