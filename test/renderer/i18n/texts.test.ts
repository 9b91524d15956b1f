import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failureSentence } from '../../../renderer/app/failures.ts'
import de from '../../../renderer/i18n/de.json'
import en from '../../../renderer/i18n/en.json'
import { createTexts } from '../../../renderer/i18n/index.ts'
import { failure, FAILURE_ACTIONS, FAILURE_CODES } from '../../../shared/failure.ts'

const ROOT = resolve(import.meta.dirname, '../../../renderer')

function flatten(tree: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [name, value] of Object.entries(tree) as [string, unknown][]) {
    if (typeof value === 'string') flat.set(prefix + name, value)
    else if (typeof value === 'object' && value !== null) for (const [k, v] of flatten(value, `${prefix}${name}.`)) flat.set(k, v)
  }
  return flat
}

const languages = { en: flatten(en), de: flatten(de) }
const withoutPlural = (key: string): string => key.replace(/_(zero|one|two|few|many|other)$/, '')
const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1] ?? '').sort()

function sources(): string {
  return ['app', 'overlay']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)))
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
}

describe('texts', () => {
  it('has the same keys in both languages, with the same holes', () => {
    const bases = (texts: Map<string, string>): string[] => [...new Set([...texts.keys()].map(withoutPlural))].sort()
    expect(bases(languages.de)).toEqual(bases(languages.en))
    for (const [key, text] of languages.en) {
      const other = languages.de.get(key)
      if (other !== undefined) expect(holes(other), key).toEqual(holes(text))
    }
  })

  it('has every plural form that the language has', () => {
    for (const [language, texts] of Object.entries(languages)) {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
      const plural = [...texts.keys()].filter((key) => key !== withoutPlural(key)).map(withoutPlural)
      expect(plural.length).toBeGreaterThan(0)
      for (const base of plural) for (const form of forms) expect([...texts.keys()], language).toContain(`${base}_${form}`)
    }
  })

  it('uses every key, and no key that there is not', () => {
    const code = sources()
    const literal = new Set([...code.matchAll(/'([a-zA-Z]+(?:\.[a-zA-Z_]+)+)'/g)].map((m) => m[1] ?? ''))
    const patterns = [...code.matchAll(/t\([^`'"]*`([^`]+)`/g)].map((m) => new RegExp(`^${(m[1] ?? '').replaceAll('.', '\\.').replace(/\$\{[^}]+\}/g, '[a-zA-Z_0-9]+')}$`))
    patterns.push(/^action\.\w+$/)
    const keys = [...new Set([...languages.en.keys()].map(withoutPlural))]
    const unused = keys.filter((key) => !literal.has(key) && !patterns.some((pattern) => pattern.test(key)))
    expect(unused).toEqual([])
    const asked = [...code.matchAll(/\bt\('([^']+)'/g)].map((m) => m[1] ?? '')
    expect(asked.filter((key) => !keys.includes(key))).toEqual([])
  })

  it('is written as Parley speaks: no exclamation marks, no fashionable words, no empty text', () => {
    for (const [language, texts] of Object.entries(languages)) {
      for (const [key, text] of texts) {
        const where = `${language} ${key}`
        expect(text.trim(), where).not.toBe('')
        expect(text, where).not.toMatch(/!/)
        expect(text, where).not.toMatch(/\b(AI|KI)\b|went wrong|schiefgegangen|\.\.\./)
      }
    }
  })
})

describe('failures', () => {
  it('has a sentence for each code and a word for each action, and none besides', () => {
    for (const tree of [en, de]) {
      expect(Object.keys(tree.failure).sort()).toEqual([...FAILURE_CODES].sort())
      expect(Object.keys(tree.action).sort()).toEqual([...FAILURE_ACTIONS, 'sendAgain'].sort())
    }
  })

  it.each(['en', 'de'] as const)('fills in what is known and leaves no hole where nothing is (%s)', (language) => {
    const { t } = createTexts(language)
    const full = { host: 'api.example.org', model: 'm-1', status: 503, code: 1011, device: 'USB Microphone', seconds: 60 }
    for (const code of FAILURE_CODES) {
      for (const detail of [{}, full]) {
        const sentence = failureSentence(t, failure(code, detail))
        expect(sentence, code).not.toMatch(/[{}]| {2}|undefined|\(\)|“”|„“| [.,?]/)
        expect(sentence, code).toMatch(/[.?]$/)
        // what happened and what to do: never a single word
        expect(sentence.split(' ').length, code).toBeGreaterThan(6)
      }
    }
    expect(failureSentence(t, failure('offline', { host: 'api.example.org' }))).toContain('(api.example.org)')
    expect(failureSentence(t, failure('microphone_silent', { device: 'USB Microphone' }))).toContain('USB Microphone')
  })
})
