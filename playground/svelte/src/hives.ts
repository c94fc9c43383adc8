export const titles: Record<string, string> = {
  '/': 'The orchard',
  '/hives/north/': 'North hive',
  '/hives/south/': 'South hive',
}

export const hives: Record<string, string> = {
  '/hives/north/': 'Calm, late, and heavy with lime honey.',
  '/hives/south/': 'Swarmed in May; the new queen is laying.',
}
