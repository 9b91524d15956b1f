import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineConfig, EngineEvent, VoiceEngine } from '../../../main/voice/engine.ts'

/** What the suite needs of the server behind an engine. */
export interface EngineHarness {
  engine: VoiceEngine
  /** The server ends the session by itself. */
  endByServer(): void
  /** Sound the server has received, samples. */
  heardByServer(): number
  stop(): Promise<void>
}

const CONFIG: EngineConfig = {
  instructions: 'Be brief.',
  voice: 'marin',
  language: 'en',
  turnDetection: { type: 'manual' },
  greet: false,
  history: [],
  tools: [],
}

/** `ms` of sound that any server takes for speech. */
export function speech(ms: number): Uint8Array {
  const samples = Int16Array.from({ length: ms * 24 }, (_, i) => Math.round(9000 * Math.sin(i / 9)))
  return new Uint8Array(samples.buffer)
}

/**
 * What every voice engine must do (`main/voice/engine.ts`), whatever its server speaks.
 * @param make a fresh engine whose server answers every turn with at least one second of sound, sent at once
 */
export function conformance(name: string, make: () => Promise<EngineHarness>): void {
  describe(`${name} is a voice engine`, () => {
    let harness: EngineHarness
    let events: EngineEvent[]

    beforeEach(async () => {
      harness = await make()
      events = []
    })

    afterEach(async () => {
      harness.engine.stop()
      await harness.stop()
    })

    function start(config: Partial<EngineConfig> = {}): void {
      harness.engine.start({ ...CONFIG, ...config }, (event) => events.push(event))
    }

    function types(): string[] {
      return events
        .map((event) => event.type)
        .filter((type) => type !== 'conversation')
        .filter((type, i, all) => type !== all[i - 1])
    }

    async function until(what: string | (() => boolean), timeoutMs = 3000): Promise<void> {
      const test = typeof what === 'string' ? () => events.some((event) => event.type === what) : what
      for (const deadline = Date.now() + timeoutMs; !test(); await pause(5)) {
        if (Date.now() > deadline) throw new Error(`waited for ${String(what)}; got ${types().join(', ')}`)
      }
    }

    async function open(config: Partial<EngineConfig> = {}): Promise<void> {
      start(config)
      await until('opened')
    }

    it('opens once, before anything can be said', async () => {
      start()
      expect(events).toEqual([])
      harness.engine.appendAudio(speech(200))
      await until('opened')
      expect(types()).toEqual(['opened'])
      expect(harness.heardByServer()).toBe(0)
    })

    it('answers a spoken turn: committed, begun, sound, ended', async () => {
      await open()
      harness.engine.beginTurn()
      for (let i = 0; i < 25; i++) harness.engine.appendAudio(speech(20))
      expect(harness.engine.endTurn()).toBe('committed')
      await until('response_ended')
      const seen = types().filter((type) => type !== 'turn_committed')
      expect(seen).toEqual(['opened', 'response_started', 'audio', 'audio_done', 'response_ended'])
      expect(events.filter((event) => event.type === 'turn_committed')).toHaveLength(1)
      expect(harness.heardByServer()).toBe(25 * 480)
      expect(events.find((event) => event.type === 'response_ended')).toMatchObject({ status: 'completed' })
    })

    it('delivers sound as whole samples in arrays of their exact size, named by its track', async () => {
      await open()
      harness.engine.sendText('Hello', 'item_1')
      await until('response_ended')
      const sound = events.filter((event) => event.type === 'audio')
      expect(sound.length).toBeGreaterThan(0)
      for (const { pcm, item_id, response_id } of sound) {
        expect(pcm.byteLength % 2).toBe(0)
        expect(pcm.buffer.byteLength).toBe(pcm.byteLength)
        expect(item_id).toBe(sound[0]?.item_id)
        expect(response_id).toBe(sound[0]?.response_id)
      }
    })

    it('refuses a turn of under 100 ms and gives no answer', async () => {
      await open()
      harness.engine.beginTurn()
      harness.engine.appendAudio(speech(80))
      expect(harness.engine.endTurn()).toBe('too_short')
      await pause(150)
      expect(types()).toEqual(['opened'])
    })

    it('forgets a cancelled turn', async () => {
      await open()
      harness.engine.beginTurn()
      harness.engine.appendAudio(speech(500))
      harness.engine.cancelTurn()
      await pause(150)
      expect(types()).toEqual(['opened'])
    })

    it('shows a typed turn under the id it was given and answers it', async () => {
      await open()
      harness.engine.sendText('Hello', 'item_typed')
      await until('response_ended')
      const added = events.some(
        (event) => event.type === 'conversation' && event.event.type === 'conversation.item.added' && event.event.item.id === 'item_typed',
      )
      expect(added).toBe(true)
    })

    it('becomes another or says that it cannot, and goes on either way', async () => {
      await open()
      const { instructions: _, ...rest } = CONFIG
      expect(typeof harness.engine.reconfigure({ ...rest, instructions: 'Be long.' })).toBe('boolean')
      harness.engine.sendText('Hello', 'item_1')
      await until('response_ended')
      expect(types()).not.toContain('notice')
      expect(types()).not.toContain('closed')
    })

    it('answers two turns one after the other', async () => {
      await open()
      harness.engine.sendText('One', 'item_1')
      harness.engine.sendText('Two', 'item_2')
      await until(() => events.filter((event) => event.type === 'response_ended').length >= 1)
      await pause(300)
      let running = 0
      for (const event of events) {
        if (event.type === 'response_started') running++
        if (event.type === 'response_ended') running--
        expect(running).toBeLessThanOrEqual(1)
      }
      expect(running).toBe(0)
    })

    it('lets no sound of an answer through once it was interrupted, and takes the next turn', async () => {
      await open()
      harness.engine.sendText('Hello', 'item_1')
      await until('audio')
      const first = events.find((event) => event.type === 'audio')
      if (!first) throw new Error('no sound')
      harness.engine.interrupt([{ response_id: first.response_id, item_id: first.item_id, content_index: 0, heardMs: 120, receivedMs: 1000, complete: false }])
      const at = events.length
      await pause(200)
      expect(events.slice(at).filter((event) => event.type === 'audio' && event.response_id === first.response_id)).toEqual([])
      harness.engine.sendText('Again', 'item_2')
      await until(() => events.slice(at).some((event) => event.type === 'audio'))
    })

    it('lets no sound through of an answer that was cut before it began', async () => {
      await open()
      harness.engine.sendText('Hello', 'item_1')
      harness.engine.interrupt([])
      await pause(300)
      expect(events.filter((event) => event.type === 'audio' || event.type === 'response_started')).toEqual([])
    })

    it('sends nothing now while nobody speaks', async () => {
      await open()
      harness.engine.sendNow()
      await pause(150)
      expect(types()).toEqual(['opened'])
    })

    it('takes context without answering it', async () => {
      await open()
      harness.engine.addContext('The person looks at a page about roofs.')
      await pause(200)
      expect(types()).toEqual(['opened'])
    })

    it('is told of the conversation so far before it opens, and answers none of it', async () => {
      await open({
        history: [
          { id: 'old_1', role: 'user', text: 'What about the roof?' },
          { id: 'old_2', role: 'assistant', text: 'You wanted two quotes.' },
        ],
      })
      await pause(150)
      expect(types()).toEqual(['opened'])
      const shown = events.filter((event) => event.type === 'conversation' && event.event.type === 'conversation.item.added')
      expect(shown).toEqual([])
    })

    it('is told of functions that were used and of a summary, and answers none of it', async () => {
      await open({
        history: [
          { id: 'old_0', role: 'system', text: 'Summary of the earlier part of this conversation: they greeted.' },
          { id: 'old_1', role: 'user', text: 'What time is it?' },
          { id: 'old_2', call_id: 'call_old', name: 'current_time', arguments: '{}', output: '{"time":"12:00"}' },
          { id: 'old_3', role: 'assistant', text: 'Noon.' },
        ],
      })
      await pause(100)
      expect(types()).toEqual(['opened'])
    })

    it('is told of what was heard late of an answer before its time, shows none of it and answers none of it', async () => {
      await open({ history: [{ id: 'old_1', role: 'user', text: 'What time is it?' }] })
      harness.engine.tell({ id: 'old_2', call_id: 'call_old', name: 'current_time', arguments: '{}', output: '{"time":"12:00"}' })
      harness.engine.tell({ id: 'old_3', role: 'assistant', text: 'Noon.' })
      await pause(150)
      expect(types()).toEqual(['opened'])
      const shown = events.filter((event) => event.type === 'conversation' && event.event.type === 'conversation.item.added')
      expect(shown).toEqual([])
    })

    it('answers a request for a summary with one event and shows nothing of it', async () => {
      await open()
      harness.engine.summarise('Person: Hello.\nAssistant: Hello.')
      await until('summary')
      await pause(100)
      expect(types()).toEqual(['opened', 'summary'])
      const shown = events.filter((event) => event.type === 'conversation' && /item|response\.(created|output|content)/.test(event.event.type))
      expect(shown).toEqual([])
    })

    it('goes on answering while a summary is made', async () => {
      await open()
      harness.engine.summarise('Person: Hello.')
      harness.engine.sendText('Hello', 'item_1')
      await until('response_ended')
      await until('summary')
      expect(types().filter((type) => type !== 'summary')).toEqual(['opened', 'response_started', 'audio', 'audio_done', 'response_ended'])
    })

    it('greets when asked to', async () => {
      await open({ greet: true })
      await until('audio')
    })

    it('stops at once, says so once, and says nothing afterwards', async () => {
      await open()
      harness.engine.sendText('Hello', 'item_1')
      harness.engine.stop()
      expect(events.at(-1)).toEqual({ type: 'closed', failure: null, retry: false })
      const at = events.length
      harness.engine.stop()
      harness.engine.sendText('More', 'item_2')
      harness.engine.interrupt([])
      await pause(150)
      expect(events.length).toBe(at)
    })

    it('can be stopped before it is open', async () => {
      start()
      harness.engine.stop()
      await pause(100)
      expect(events).toEqual([{ type: 'closed', failure: null, retry: false }])
    })

    it('says why the server ended the session, once', async () => {
      await open()
      harness.endByServer()
      await until('closed')
      await pause(50)
      const closed = events.filter((event) => event.type === 'closed')
      expect(closed).toHaveLength(1)
      expect(closed[0]?.failure).not.toBeNull()
    })
  })
}

/** Waits for `ms`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
