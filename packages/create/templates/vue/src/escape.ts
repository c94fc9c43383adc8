const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for elements and for quoted attributes. */
export const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!)
