import type { Settings } from '../shared/settings.ts'

/** The interface's language: what was chosen, else the first of the system's that Parley speaks, else English. */
export function languageOf(chosen: Settings['language'], system: readonly string[]): 'en' | 'de' {
  if (chosen !== 'system') return chosen
  for (const tag of system) {
    const language = tag.toLowerCase().split('-')[0]
    if (language === 'en' || language === 'de') return language
  }
  return 'en'
}

/** What the model is told about its part. */
export function instructionsFor(language: 'en' | 'de'): string {
  const tongue = language === 'de' ? 'German' : 'English'
  return [
    'You are Parley, a voice assistant on a desktop computer. You are heard, not read: speak in short, plain sentences, without lists, headings or markup.',
    'Answer first, explain only when asked. Say so when you do not know.',
    `Answer in the language that the person speaks; if that is unclear, in ${tongue}.`,
    'When you are interrupted, go by what the person has heard, and do not repeat yourself.',
  ].join(' ')
}

/** What a notification says when a timer is up. */
export function timerText(language: 'en' | 'de', label: string): string {
  if (label === '') return language === 'de' ? 'Der Timer ist abgelaufen.' : 'The timer is up.'
  return `Timer: ${label}`
}
