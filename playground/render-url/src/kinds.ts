export const kinds: Record<string, { name: string; text: string }> = {
  moss: { name: 'Moss', text: 'Drinks with its leaves; the roots only hold on.' },
  lichen: { name: 'Lichen', text: 'A fungus that keeps a garden.' },
  fern: { name: 'Fern', text: 'Unrolls itself in April, spores by June.' },
}
