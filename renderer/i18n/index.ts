import i18next, { type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import de from './de.json'
import en from './en.json'

/** Languages of the interface; every one has every key (a test says so). */
export type Language = 'en' | 'de'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof en }
  }
}

/**
 * Sets up the texts, synchronously, from what is bundled.
 * React escapes what it shows, so interpolation does not.
 */
export function createTexts(language: Language): i18n {
  const texts = i18next.createInstance()
  void texts.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: en }, de: { translation: de } },
    initAsync: false,
    returnNull: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  })
  return texts
}
