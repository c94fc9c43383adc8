import type { Component } from 'vue'

interface View {
  title: string
  load(): Promise<{ default: Component }>
}

/** Each view is its own chunk, in the browser and on the server. */
export const views: Record<string, View> = {
  '/': { title: 'Long walks', load: () => import('./views/Home.vue') },
  '/map/': { title: 'Map', load: () => import('./views/Map.vue') },
  '/diary/': { title: 'Diary', load: () => import('./views/Diary.vue') },
}
