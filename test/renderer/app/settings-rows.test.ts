import { describe, expect, it } from 'vitest'
import { defaultsOf, isChanged, matching, type SectionSpec } from '../../../renderer/app/settings/rows.ts'
import { settingsPatchSchema, settingsSchema } from '../../../shared/settings.ts'

const sections: SectionSpec[] = [
  {
    id: 'sound',
    title: 'Sound',
    rows: [
      { id: 'microphone', label: 'Microphone', settings: ['microphoneId'], content: null },
      { id: 'volume', label: 'Volume', hint: 'How loud', settings: ['volume'], content: null },
    ],
  },
  {
    id: 'talking',
    title: 'Sprechen',
    rows: [
      { id: 'turnMode', label: 'Wer wann spricht', words: ['Offene Leitung', 'Größe'], settings: ['turnMode'], content: null },
      { id: 'pace', label: 'Pause', settings: ['pace'], hidden: true, content: null },
    ],
  },
]
const found = (query: string): string[] => matching(sections, query).flatMap((section) => section.rows.map((row) => row.id))

describe('searching the settings', () => {
  it.each<[string, string[]]>([
    ['', ['microphone', 'volume', 'turnMode']],
    ['   ', ['microphone', 'volume', 'turnMode']],
    ['MICRO', ['microphone']],
    ['loud', ['volume']],
    ['sound', ['microphone', 'volume']],
    ['sound loud', ['volume']],
    ['leitung offene', ['turnMode']],
    ['grosse', ['turnMode']],
    ['größe', ['turnMode']],
    // what is not shown now is found all the same
    ['pause', ['pace']],
    ['sound leitung', []],
    ['.*', []],
  ])('“%s”', (query, rows) => {
    expect(found(query)).toEqual(rows)
  })
})

describe('resetting a row', () => {
  const settings = settingsSchema.parse({})

  it('is possible when any of its settings differs', () => {
    expect(isChanged({ settings: ['volume'] }, settings)).toBe(false)
    expect(isChanged({ settings: ['volume'] }, { ...settings, volume: 0.5 })).toBe(true)
    expect(isChanged({ settings: ['pace', 'byMeaning'] }, { ...settings, byMeaning: true })).toBe(true)
    expect(isChanged({ settings: ['talkKey'] }, { ...settings, talkKey: { key: 'F8', modifiers: [] } })).toBe(true)
    expect(isChanged({ settings: [] }, { ...settings, volume: 0.5 })).toBe(false)
  })

  it('asks for what the contract accepts, for every setting that a window may change', () => {
    for (const name of settingsPatchSchema.keyof().options) {
      const patch = defaultsOf({ settings: [name] })
      expect(settingsPatchSchema.parse(patch), name).toEqual({ [name]: settings[name] })
    }
  })
})
