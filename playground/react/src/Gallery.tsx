const drawings: Record<string, string> = {
  newt: 'M5 30 Q30 10 55 30 T100 25',
  heron: 'M20 55 V35 Q20 15 45 15 L60 12 M25 55 V38',
  lily: 'M10 40 A30 14 0 1 0 70 40 L40 38 Z',
}

export default function Gallery() {
  return Object.entries(drawings).map(([name, path]) => (
    <figure key={name}>
      <svg viewBox="0 0 110 60" width="220" fill="none" stroke="currentColor" strokeWidth="2">
        <path d={path} />
      </svg>
      <figcaption>{name}</figcaption>
    </figure>
  ))
}
