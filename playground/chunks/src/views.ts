import type { Component } from 'vue'

interface View {
  title: string
  /** The path of its module, as in the client's manifest. */
  source: string
  load(): Promise<{ default: Component }>
}

/** Each view is its own chunk, in the browser and on the server. */
export const views: Record<string, View> = {
  '/': { title: 'Long walks', source: 'src/views/Home.vue', load: () => import('./views/Home.vue') },
  '/map/': { title: 'Map', source: 'src/views/Map.vue', load: () => import('./views/Map.vue') },
  '/diary/': { title: 'Diary', source: 'src/views/Diary.vue', load: () => import('./views/Diary.vue') },
}
