export interface Herb {
  name: string
  text: string
}

export const herbs: Record<string, Herb> = {
  mint: { name: 'Mint', text: 'Give it a pot of its own, or it takes the bed.' },
  sage: { name: 'Sage', text: 'Poor soil & full sun; it sulks in anything richer.' },
  thyme: { name: 'Thyme', text: 'Clip it after flowering, and never into old wood.' },
}
