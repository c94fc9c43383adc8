export const languages = ['en', 'fr', 'de'] as const
export type Language = (typeof languages)[number]

interface Texts {
  language: string
  title: string
  intro: string
  about: string
  /** The id of the tea, then its URL and words in this language. */
  teas: Record<string, { slug: string; name: string; text: string }>
}

export const texts: Record<Language, Texts> = {
  en: {
    language: 'English',
    title: 'Tea house',
    intro: 'Two teas, one stove, and a window to the harbour.',
    about: 'About',
    teas: {
      black: { slug: 'black-tea', name: 'Black tea', text: 'Four minutes, and not one more.' },
      mint: { slug: 'mint-tea', name: 'Mint tea', text: 'A handful of leaves, bruised.' },
    },
  },
  fr: {
    language: 'Français',
    title: 'Salon de thé',
    intro: 'Deux thés, un poêle et une fenêtre sur le port.',
    about: 'À propos',
    teas: {
      black: { slug: 'thé-noir', name: 'Thé noir', text: 'Quatre minutes, et pas une de plus.' },
      mint: { slug: 'thé-à-la-menthe', name: 'Thé à la menthe', text: 'Une poignée de feuilles froissées.' },
    },
  },
  de: {
    language: 'Deutsch',
    title: 'Teehaus',
    intro: 'Zwei Tees, ein Ofen und ein Fenster zum Hafen.',
    about: 'Über uns',
    teas: {
      black: { slug: 'schwarztee', name: 'Schwarztee', text: 'Vier Minuten, und keine mehr.' },
      mint: { slug: 'minztee', name: 'Minztee', text: 'Eine Handvoll Blätter, zerdrückt.' },
    },
  },
}

export const isLanguage = (lang: string | undefined): lang is Language => languages.includes(lang as Language)
