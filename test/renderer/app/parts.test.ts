import { describe, expect, it } from 'vitest'
import { outcomeOf } from '../../../renderer/app/conversation/outcome.tsx'
import { softLineLengths } from '../../../renderer/app/conversation/soft-lines.tsx'
import { heightAt, LevelTrail, loudness, TRAIL } from '../../../renderer/app/footer/level-trail.ts'
import { talkWords } from '../../../renderer/app/footer/talk-button.tsx'
import { readAddress } from '../../../renderer/app/onboarding/address.ts'
import { OFFERED_MODELS } from '../../../renderer/app/onboarding/models.ts'
import { voice } from './harness/scenes.ts'

describe('the line', () => {
  it('is still in silence and full at the loudest speech', () => {
    expect(loudness(0)).toBe(0)
    expect(loudness(0.001)).toBe(0) // -60 dBFS: the noise of a quiet room
    expect(loudness(0.25)).toBe(1)
    expect(loudness(0.1)).toBeGreaterThan(loudness(0.05))
  })

  it('carries each level outwards and forgets it at the end', () => {
    const trail = new LevelTrail()
    trail.push({ micPeak: 0.5, micRms: 0.25, voicePeak: 0, voiceRms: 0 })
    expect([trail.mic[0], trail.still]).toEqual([1, false])
    for (let i = 1; i < TRAIL; i++) trail.push({ micPeak: 0, micRms: 0, voicePeak: 0, voiceRms: 0 })
    expect(trail.mic[TRAIL - 1]).toBe(1)
    expect(heightAt(trail.mic, TRAIL - 1.5)).toBeCloseTo(0.5)
    trail.push({ micPeak: 0, micRms: 0, voicePeak: 0, voiceRms: 0 })
    expect(trail.still).toBe(true)
  })
})

describe('soft lines', () => {
  it('are about as long as the words to come', () => {
    expect(softLineLengths(1000)).toEqual([14])
    expect(softLineLengths(6000)).toEqual([58, 26])
    expect(softLineLengths(null)).toEqual([10])
    expect(softLineLengths(60_000)).toHaveLength(4)
    expect(softLineLengths(0)).toEqual([4])
  })
})

describe('the Talk button', () => {
  it('says what it does now', () => {
    const words = (more: Parameters<typeof voice>[0], held = false): string => Object.values(talkWords(voice(more), held)).filter(Boolean).join(' / ')
    expect(words({})).toBe('hold')
    expect(words({ state: 'speaking', active: true })).toBe('holdToCutIn')
    expect(words({ microphone: 'off' }, true)).toBe('opening / releaseToSend')
    expect(words({ microphone: 'live', state: 'listening' }, true)).toBe('listening / releaseToSend')
    expect(words({ microphone: 'muted' }, true)).toBe('muted')
    expect(words({ turnMode: 'tap' })).toBe('tap')
    expect(words({ turnMode: 'tap', state: 'listening', microphone: 'live' })).toBe('listening / tapToSend')
    expect(words({ turnMode: 'open_line' })).toBe('hold')
    expect(words({ turnMode: 'open_line', active: true, state: 'ready' })).toBe('justTalk')
    expect(words({ turnMode: 'open_line', active: true, state: 'listening' })).toBe('listening')
    expect(words({ turnMode: 'open_line', active: true, state: 'speaking' })).toBe('interrupt')
  })
})

describe('outcomes', () => {
  it('speak only of answers that did not end as they should', () => {
    expect(outcomeOf(null)).toBeNull()
    for (const status of ['in_progress', 'completed', 'cancelled'] as const) expect(outcomeOf({ status, reason: '' })).toBeNull()
    expect(outcomeOf({ status: 'incomplete', reason: 'max_output_tokens' })).toEqual({ sentence: 'tooLong', step: 'goOn' })
    expect(outcomeOf({ status: 'incomplete', reason: 'content_filter' })).toEqual({ sentence: 'filtered', step: 'rephrase' })
    expect(outcomeOf({ status: 'failed', reason: 'insufficient_quota' })).toEqual({ sentence: 'noCredit', step: 'changeKey' })
    expect(outcomeOf({ status: 'cancelled', reason: 'connection_lost' })).toEqual({ sentence: 'lost', step: 'askAgain' })
    expect(outcomeOf({ status: 'failed', reason: 'invalid_api_key' })).toEqual({ sentence: 'badKey', step: 'changeKey' })
    expect(outcomeOf({ status: 'failed', reason: 'something_new' })).toEqual({ sentence: 'failed', step: 'askAgain' })
  })
})

describe('addresses', () => {
  it('ask for consent only where a key could be read on the way', () => {
    const insecure = (text: string): boolean | null => {
      const address = readAddress(text)
      return address.name === 'clear' ? address.insecure : null
    }
    for (const text of ['', 'example', 'wss://']) expect(insecure(text), text).toBeNull()
    for (const text of ['wss://example.org/v1', 'https://r.openai.azure.com', 'ws://localhost:9000', 'ws://127.0.0.1:9000/x', 'ws://[::1]:1/']) expect(insecure(text), text).toBe(false)
    for (const text of ['ws://192.168.1.20:9000/v1', 'ws://example.org', 'ws://127.0.0.1.example.org', 'http://example.org']) expect(insecure(text), text).toBe(true)
  })
})

describe('prices', () => {
  it('follow from the list prices and the tokens of a minute', () => {
    expect(OFFERED_MODELS.map((m) => [m.name, Number(m.centsToSpeak.toFixed(2)), Number(m.centsToHear.toFixed(2))])).toEqual([
      ['gpt-realtime-2.1-mini', 0.6, 2.4],
      ['gpt-realtime-2.1', 1.92, 7.68],
    ])
  })
})
