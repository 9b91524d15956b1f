import { describe, expect, it } from 'vitest'
import { formatClock, formatCount, formatDecimal, formatSpeech, formatTime } from '../../../renderer/i18n/format.ts'
import { createTexts } from '../../../renderer/i18n/index.ts'

describe('figures', () => {
  it('writes lengths of speech with the decimal sign of the language', () => {
    expect(formatSpeech(4230, 'en')).toBe('4.2\u202fs')
    expect(formatSpeech(4230, 'de')).toBe('4,2\u202fs')
    expect(formatSpeech(-5, 'en')).toBe('0.0\u202fs')
  })

  it('runs the clock in minutes and seconds, with hours only when there are any', () => {
    expect([0, 999, 7000, 192_000, 3_787_000].map(formatClock)).toEqual(['0:00', '0:00', '0:07', '3:12', '1:03:07'])
  })

  it('groups counts and shortens large ones', () => {
    expect(formatCount(1204, 'en')).toBe('1,204')
    expect(formatCount(1204, 'de')).toBe('1.204')
    expect(formatCount(18_340, 'en')).toBe('18.3K')
    expect(formatDecimal(0.6, 'de')).toBe('0,6')
  })

  it('tells the time of day as the language does', () => {
    const at = new Date(2026, 10, 20, 14, 5).getTime()
    expect(formatTime(at, 'en')).toMatch(/^2:05\sPM$/)
    expect(formatTime(at, 'de')).toBe('14:05')
  })

  it('counts in the plural', () => {
    for (const [language, one, many] of [
      ['en', '1 token', '2 tokens'],
      ['de', '1 Token', '2 Tokens'],
    ] as const) {
      const { t } = createTexts(language)
      expect(t('footer.tokens', { count: 1, number: '1' })).toBe(one)
      expect(t('footer.tokens', { count: 2, number: '2' })).toBe(many)
    }
  })
})
