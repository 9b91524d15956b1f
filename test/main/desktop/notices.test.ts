import { describe, expect, it } from 'vitest'
import { newNotices, type NoticeView } from '../../../main/desktop/notices.ts'
import { overlayShown, overlayWanted } from '../../../main/desktop/overlay/when.ts'
import { desktopTexts } from '../../../main/desktop/texts.ts'
import { FAILURE_CODES, failure, type FailureCode } from '../../../shared/failure.ts'
import { app } from '../../renderer/app/harness/scenes.ts'

const calm: NoticeView = { question: null, voice: { failure: null, notice: null, heldTurnMs: null } }
const failed = (code: FailureCode): NoticeView => ({ ...calm, voice: { ...calm.voice, failure: failure(code) } })
const noticed = (code: FailureCode): NoticeView => ({ ...calm, voice: { ...calm.voice, notice: failure(code) } })

describe('notices for a person who sees no window', () => {
  it.each<[FailureCode, string]>([
    ['offline', 'connection'],
    ['invalid_key', 'access'],
    ['microphone_denied', 'microphone'],
    ['spending_day', 'cap'],
    ['internal', 'failed'],
  ])('a failure %s says %s', (code, name) => {
    expect(newNotices(calm, failed(code))).toEqual([name])
  })

  it('every failure that ends something is told', () => {
    for (const code of FAILURE_CODES) expect(newNotices(calm, failed(code)), code).toHaveLength(1)
  })

  it('passing remarks wait for the window, but for caps, the idle stop and the microphone', () => {
    const told = FAILURE_CODES.filter((code) => newNotices(calm, noticed(code)).length > 0)
    expect(told).toContain('idle_stopped')
    expect(told).toContain('spending_session')
    expect(told).toContain('microphone_silent')
    expect(told).toContain('turn_unheard')
    for (const code of ['turn_too_short', 'response_failed', 'spending_near', 'transcription_failed', 'history_unwritable', 'microphone_muted'] as const) expect(told).not.toContain(code)
  })

  it('nothing is said twice', () => {
    expect(newNotices(failed('offline'), failed('offline'))).toEqual([])
    expect(newNotices(failed('offline'), calm)).toEqual([])
    expect(newNotices(null, failed('offline'))).toEqual(['connection'])
  })

  it('a held turn says more than the failure that held it', () => {
    expect(newNotices(calm, { ...calm, voice: { ...failed('timeout').voice, heldTurnMs: 3000 } })).toEqual(['turnHeld'])
  })

  it('each question is told once', () => {
    const asks = (id: string): NoticeView => ({ ...calm, question: { id, code: 'open_page', detail: {}, expiresAt: 0 } })
    expect(newNotices(calm, asks('1'))).toEqual(['question'])
    expect(newNotices(asks('1'), asks('1'))).toEqual([])
    expect(newNotices(asks('1'), asks('2'))).toEqual(['question'])
  })

  it('has a sentence with a next step for each, in both languages', () => {
    for (const language of ['en', 'de'] as const) for (const sentence of Object.values(desktopTexts(language).notifications)) expect(sentence).toMatch(/\. .+[.]$|\. .+ again, and quits\.$/)
  })
})

describe('the overlay', () => {
  it('is seen while something goes on and the window is not in use', () => {
    expect(overlayWanted(app(), false)).toBe(false)
    expect(overlayWanted(app({ voice: { active: true, state: 'ready' } }), false)).toBe(true)
    expect(overlayWanted(app({ voice: { active: true, state: 'ready' } }), true)).toBe(false)
    expect(overlayWanted(app({ voice: { state: 'failed', failure: failure('offline') } }), false)).toBe(true)
    expect(overlayWanted(app({ voice: { heldTurnMs: 100 } }), false)).toBe(true)
    expect(overlayWanted(app({ ringing: [{ id: '1', label: '', lateMs: 0 }] }), false)).toBe(true)
    expect(overlayWanted(app({ question: { id: '1', code: 'open_page', detail: {}, expiresAt: 0 } }), false)).toBe(true)
  })

  it('is off under Wayland unless it is wanted all the same, and says why', () => {
    expect(overlayShown({ overlay: null }, { wayland: false }, false)).toEqual({ on: true, reason: '', movedBy: 'page' })
    expect(overlayShown({ overlay: false }, { wayland: false }, false)).toEqual({ on: false, reason: '', movedBy: 'page' })
    expect(overlayShown({ overlay: null }, { wayland: true }, false)).toEqual({ on: false, reason: 'wayland', movedBy: 'system' })
    expect(overlayShown({ overlay: true }, { wayland: true }, false)).toEqual({ on: true, reason: 'wayland', movedBy: 'system' })
    expect(overlayShown({ overlay: true }, { wayland: false }, true)).toEqual({ on: false, reason: 'crashed', movedBy: 'page' })
  })
})
