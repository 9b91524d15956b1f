import { describe, expect, it } from 'vitest'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import { recording, RECORDINGS } from '../realtime/fixtures.ts'
import { seeded, serverEvents, Watched } from './reducing.ts'

const SEEDED = ['user: My name is Alice and my favorite color is teal.', 'assistant: Nice to meet you, Alice!', 'user: What is my name and favorite color?']
const WEATHER = ['user: What is the weather in London?', 'get_weather done: It is foggy and 12 degrees in London.']

/** Every recording, turn by turn. */
const TURNS: Record<string, string[]> = {
  'azure-history-seeding.jsonl': [
    ...SEEDED,
    'assistant: Your name is Alice, and your favorite color is teal! Got it locked in. Let’s make this chat as vibrant as that color, shall we?',
  ],
  'azure-spoken-turn-transcribed.jsonl': ['user: Hello, my name is Marcelo.', "assistant: Hi Marcelo, it's great to meet you! What can I help you with today?"],
  'azure-spoken-turn-transcription-failed.jsonl': ['user: (failed)', "assistant: Hi Marcelo, it's great to meet you. How can I help you today?"],
  'azure-tool-call-round.jsonl': [...WEATHER, 'assistant: It is foggy and 12 degrees in London.'],
  'azure-typed-turn-spoken-answer.jsonl': ['user: Say a short greeting.', 'assistant: Hello there! Great to meet you!'],
  'gateway-typed-turn-spoken-answer.jsonl': ['user: Say a short greeting.', 'assistant: Hi there! Great to talk with you.'],
  'openai-history-seeding.jsonl': [...SEEDED, 'assistant: Your name is Alice, and your favorite color is teal.'],
  'openai-spoken-turn-server-vad.jsonl': ['user: Hello, my name is Marcelo.', 'assistant: Hello, Marcelo! Great to meet you. How can I help you today?'],
  'openai-tool-call-round.jsonl': [...WEATHER, 'assistant: It’s foggy and 12 degrees in London.'],
  'openai-typed-turn-spoken-answer.jsonl': ['user: Say a short greeting.', 'assistant: Hi there!'],
}

const UNORDERED = /^(conversation\.item\.input_audio_transcription\.|rate_limits\.)/

it('every recording is here', () => {
  expect(RECORDINGS.toSorted()).toEqual(Object.keys(TURNS).toSorted())
})

describe.each(RECORDINGS)('%s', (name) => {
  const events = serverEvents(name)
  const straight = new Watched().apply(...events)

  it('is the conversation that was had', () => {
    expect(straight.lines).toEqual(TURNS[name])
    for (const entry of straight.shown) {
      expect(entry.textState).toMatch(/^(final|failed)$/)
      expect(entry.response === null || entry.response.status === 'completed').toBe(true)
      if (name.includes('spoken-answer') && entry.role === 'assistant') expect(entry).toMatchObject({ source: 'voice', heard: { cut: false } })
    }
  })

  it('shows, while it arrives, nothing but the beginning of what it will be', () => {
    const finals = new Map(straight.shown.map((e) => [e.id, e.text]))
    const watched = new Watched()
    for (const event of events) {
      watched.apply(event)
      for (const e of watched.check().shown) expect(finals.get(e.id)?.startsWith(e.text)).toBe(true)
    }
  })

  it('is the same wherever the protocol lets transcripts and limits come', () => {
    const ordered = events.filter((event) => !UNORDERED.test(event.type))
    const loose = events.filter((event) => UNORDERED.test(event.type))
    const random = seeded(11)
    for (let round = 0; round < 60; round++) {
      const watched = new Watched().apply(...merge(ordered, loose, random))
      expect(watched.check().shown).toEqual(straight.shown)
    }
  })

  it('is the same when any one event comes twice', () => {
    events.forEach((event, i) => {
      const watched = new Watched().apply(...events.slice(0, i + 1), event, ...events.slice(i + 1))
      expect(watched.lines).toEqual(straight.lines)
    })
  })

  it('never shows a wrong speaker, whichever event is lost', () => {
    const speakers = speakersOf(name)
    events.forEach((event, i) => {
      const watched = new Watched().apply(...events.slice(0, i), ...events.slice(i + 1)).check()
      for (const e of watched.shown) expect([e.id, e.role]).toEqual([e.id, speakers.get(e.id)])
      // Whatever was said is there all the same: an item has more than one event that brings it.
      if (!/transcription\.(completed|failed)$/.test(event.type)) expect(watched.lines).toEqual(straight.lines)
    })
  })
})

/** The speaker of each item as the recording itself says it. */
function speakersOf(name: string): Map<string, string> {
  const speakers = new Map<string, string>()
  for (const { event } of recording(name)) {
    const item = event['item'] as { id?: string; role?: string; type?: string } | undefined
    if (item?.id !== undefined) speakers.set(item.id, item.role ?? 'assistant')
  }
  return speakers
}

/** One sequence of both, each in its own order; a limit may stand anywhere. */
function merge(a: readonly ServerEvent[], b: readonly ServerEvent[], random: (below: number) => number): ServerEvent[] {
  const merged: ServerEvent[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const takeA = j >= b.length || (i < a.length && random(a.length - i + b.length - j) < a.length - i)
    const next = takeA ? a[i++] : b[j++]
    if (next) merged.push(next)
  }
  return merged
}
