import { createApp, createError, createRouter, eventHandler, setResponseStatus, toWebHandler } from 'h3'
import type { DistillRoute } from 'vite-distill/app'
import template from 'virtual:distill/template'

const harbours: Record<string, { name: string; tides: [time: string, metres: number][] }> = {
  'saint-malo': {
    name: 'Saint-Malo',
    tides: [
      ['05:12', 12.1],
      ['11:48', 1.4],
      ['17:35', 11.8],
    ],
  },
  cuxhaven: {
    name: 'Cuxhaven',
    tides: [
      ['02:40', 3.4],
      ['09:15', 0.5],
      ['15:02', 3.3],
    ],
  },
}

const page = (title: string, body: string) =>
  template
    .replace('<!--app-head-->', () => `<title>${title} · Tides</title>`)
    .replace('<!--app-html-->', () => `<nav><a href="/">Tides</a></nav><h1>${title}</h1>${body}`)

const list = Object.entries(harbours)
  .map(([slug, { name }]) => `<li><a href="/harbours/${slug}/">${name}</a></li>`)
  .join('')

const router = createRouter()
  .get(
    '/',
    eventHandler(() => page('High and low water', `<ul>${list}</ul>`)),
  )
  .get(
    '/harbours/:slug',
    eventHandler((event) => {
      const harbour = harbours[event.context.params!.slug!]
      if (!harbour) throw createError({ statusCode: 404 })
      const rows = harbour.tides.map(([time, metres]) => `<tr><td>${time}</td><td>${metres} m</td></tr>`)
      return page(harbour.name, `<table><tr><th>UTC</th><th>Water</th></tr>${rows.join('')}</table>`)
    }),
  )
  .get(
    '/harbours.json',
    eventHandler(() => harbours),
  )
  .get(
    '/404.html',
    eventHandler((event) => {
      setResponseStatus(event, 404)
      return page('Run aground', '')
    }),
  )

export default { fetch: toWebHandler(createApp().use(router)) }

export const distillRoutes: DistillRoute[] = [
  { route: '/' },
  { route: '/harbours/:slug', distillParams: () => Object.keys(harbours) },
  { route: '/harbours.json' },
  { route: '/404.html', distillStatus: 404 },
]
