import type { Persona } from '../shared/personas.ts'
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

/** What the model is told: what holds for everybody who speaks aloud, then the persona's part. */
export function instructionsFor(language: 'en' | 'de', persona: Pick<Persona, 'instructions'>): string {
  const tongue = language === 'de' ? 'German' : 'English'
  const always = [
    'You are Parley, a voice assistant on a desktop computer. You are heard, not read: speak in short, plain sentences, without lists, headings or markup.',
    `Answer in the language that the person speaks; if that is unclear, in ${tongue}.`,
    'When you are interrupted, go by what the person has heard, and do not repeat yourself.',
  ].join(' ')
  const part = persona.instructions.trim()
  return part === '' ? always : `${always}\n\nYour part. Where it differs from the above, it is your part that counts:\n\n${part}`
}

/** What the desktop shows beside the key that it gives, where it is the desktop that gives one. */
export function talkKeyText(language: 'en' | 'de'): string {
  return language === 'de' ? 'Mit Parley sprechen' : 'Talk to Parley'
}

/** What a notification says when a timer is up. */
export function timerText(language: 'en' | 'de', label: string): string {
  if (label === '') return language === 'de' ? 'Der Timer ist abgelaufen.' : 'The timer is up.'
  return `Timer: ${label}`
}

/** What a voice says when it is tried. */
export function sampleSentence(language: 'en' | 'de'): string {
  return language === 'de' ? 'Hallo, so klinge ich, wenn wir miteinander sprechen.' : 'Hello, this is how I sound when we talk.'
}
