/** Positions on a chart of 100 by 60, in the order in which they are joined. */
export const constellations: Record<string, { name: string; stars: [x: number, y: number, size: number][] }> =
  {
    cassiopeia: {
      name: 'Cassiopeia',
      stars: [
        [12, 18, 1.3],
        [30, 40, 1.7],
        [48, 26, 1.5],
        [68, 44, 1.3],
        [86, 22, 1],
      ],
    },
    cygnus: {
      name: 'Cygnus',
      stars: [
        [50, 6, 1.8],
        [50, 22, 1.4],
        [20, 26, 1.1],
        [50, 22, 1.4],
        [82, 16, 1.1],
        [50, 22, 1.4],
        [56, 54, 1.2],
      ],
    },
    lyra: {
      name: 'Lyra',
      stars: [
        [40, 8, 2],
        [48, 18, 1],
        [60, 22, 1],
        [66, 48, 1.2],
        [54, 44, 1.2],
        [48, 18, 1],
      ],
    },
  }
