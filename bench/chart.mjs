// How time and memory grow: the fitted exponent, and a chart with both axes logarithmic.
import { stats } from './measure.mjs'

const pointsOf = (entries, name, metric, by = 'median') =>
  entries
    .filter((entry) => entry.name === name)
    .map(({ count, samples }) => [count, stats(samples[metric])[by]])

/** The slope of the line through the points, by least squares, in logarithms: 1 is proportional. */
export function exponent(entries, name, metric, by) {
  const points = pointsOf(entries, name, metric, by).map((point) => point.map(Math.log))
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [0, 1].map((i) => mean(points.map((point) => point[i])))
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}

const width = 640
const height = 360
const margin = 50
const lines = [
  { name: 'pages rendered', metric: 'stage', color: '#0b7285', label: 'pages rendered, s' },
  { name: 'keys planned', metric: 'stage', color: '#e8590c', label: 'keys planned, s' },
  { name: 'pages rendered', metric: 'rss', color: '#5f3dc4', label: 'pages rendered, GB', scale: 1 / 1000 },
  { name: 'keys planned', metric: 'rss', color: '#c2255c', label: 'keys planned, GB', scale: 1 / 1000 },
]

export function drawScaling({ entries }) {
  const drawn = lines.map((line) => ({
    ...line,
    points: pointsOf(entries, line.name, line.metric).map(([x, y]) => [x, y * (line.scale ?? 1)]),
  }))
  const all = drawn.flatMap(({ points }) => points)
  const decades = (i) => {
    const logs = all.map((point) => Math.log10(point[i]))
    return [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs))]
  }
  const [xs, ys] = [decades(0), decades(1)]
  const at = (value, [low, high], length) => ((Math.log10(value) - low) / (high - low)) * length
  const px = (x) => (margin + at(x, xs, width - 2 * margin)).toFixed(1)
  const py = (y) => (height - margin - at(y, ys, height - 2 * margin)).toFixed(1)
  const range = ([low, high]) => Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))

  const grid = [
    ...range(xs).map(
      (x) =>
        `<path d="M${px(x)} ${margin}V${height - margin}"/><text x="${px(x)}" y="${height - margin + 18}" text-anchor="middle">${x.toLocaleString('en')}</text>`,
    ),
    ...range(ys).map(
      (y) =>
        `<path d="M${margin} ${py(y)}H${width - margin}"/><text x="${margin - 6}" y="${Number(py(y)) + 4}" text-anchor="end">${y}</text>`,
    ),
  ]
  const curves = drawn.map(({ points, color, label, name, metric }, i) => {
    const path = points.map(([x, y]) => `${px(x)} ${py(y)}`).join('L')
    const dots = points
      .map(([x, y]) => `<circle cx="${px(x)}" cy="${py(y)}" r="3" fill="${color}"/>`)
      .join('')
    const fit = `${label}: exponent ${exponent(entries, name, metric).toFixed(2)}`
    return `<path d="M${path}" stroke="${color}" fill="none" stroke-width="2"/>${dots}<text x="${margin + 10}" y="${margin + 16 + 16 * i}" style="fill:${color}">${fit}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>Time and memory by the number of pages and keys</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<g stroke="#ddd" fill="#555">${grid.join('').replaceAll('<text', '<text stroke="none"')}</g>
${curves.join('\n')}
</svg>
`
}
