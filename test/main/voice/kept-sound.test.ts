import { beforeEach, describe, expect, it } from 'vitest'
import { KeptSound, type SoundFile } from '../../../main/voice/kept-sound.ts'
import type { TurnSink } from '../../../main/voice/turn.ts'

/** A file in memory. */
class Tape implements SoundFile {
  item: string | null
  bytes: number[] = []
  state: 'open' | 'ended' | 'discarded' = 'open'

  constructor(item: string | null) {
    this.item = item
  }

  write(pcm: Uint8Array): void {
    this.bytes.push(...pcm)
  }

  name(itemId: string): void {
    this.item = itemId
  }

  end(): Promise<void> {
    this.state = 'ended'
    return Promise.resolve()
  }

  discard(): Promise<void> {
    this.state = 'discarded'
    return Promise.resolve()
  }
}

const TRACK = { response_id: 'r', item_id: 'a1', content_index: 0 }

/** `frames` frames of one value. */
function pcm(frames: number, value: number): Uint8Array {
  return new Uint8Array(frames * 2).fill(value)
}

describe('KeptSound', () => {
  let tapes: Tape[]
  let keeps: boolean
  let kept: KeptSound
  let outcome: 'committed' | 'too_short'
  const engine: TurnSink = { beginTurn: () => undefined, appendAudio: () => undefined, endTurn: () => outcome }

  beforeEach(() => {
    tapes = []
    keeps = true
    outcome = 'committed'
    kept = new KeptSound({
      begin: (item) => {
        if (!keeps) return null
        const tape = new Tape(item)
        tapes.push(tape)
        return tape
      },
    })
  })

  function turn(value: number): void {
    const sink = kept.sink(engine)
    sink.beginTurn()
    sink.appendAudio(pcm(2, value))
    sink.endTurn()
  }

  it('keeps the person’s turn as it was sent, under the item it became', () => {
    turn(1)
    turn(2)
    kept.receive({ type: 'turn_committed', item_id: 'u1', audioMs: null })
    kept.receive({ type: 'turn_committed', item_id: 'u2', audioMs: null })
    expect(tapes.map(({ item, bytes, state }) => [item, bytes, state])).toEqual([
      ['u1', [1, 1, 1, 1], 'ended'],
      ['u2', [2, 2, 2, 2], 'ended'],
    ])
  })

  it('leaves nothing of a turn that was too short, cancelled, begun anew or lost', () => {
    outcome = 'too_short'
    turn(1)
    kept.sink(engine).beginTurn()
    kept.sink(engine).beginTurn()
    kept.cancelled()
    outcome = 'committed'
    turn(2)
    kept.lost()
    expect(tapes.map(({ state }) => state)).toEqual(['discarded', 'discarded', 'discarded', 'discarded'])
  })

  it('open line: keeps what was said from shortly before the server heard it', () => {
    for (let i = 0; i < 100; i++) kept.line(pcm(480, 1))
    kept.receive({ type: 'speech_started' })
    kept.line(pcm(480, 2))
    kept.receive({ type: 'speech_stopped' })
    kept.receive({ type: 'turn_committed', item_id: 'u1', audioMs: null })
    kept.line(pcm(480, 3))
    expect(tapes).toHaveLength(1)
    expect(tapes[0]).toMatchObject({ item: 'u1', state: 'ended' })
    expect(tapes[0]?.bytes.length).toBe(41 * 960)
    expect(tapes[0]?.bytes.at(-1)).toBe(2)
  })

  it('keeps of an answer what was heard, to the sample, and ends where it was cut', () => {
    kept.queued(TRACK, pcm(10, 1))
    kept.queued(TRACK, pcm(10, 2))
    kept.heard({ ...TRACK, framesPlayed: 4, framesReceived: 20, complete: false }, false)
    kept.heard({ ...TRACK, framesPlayed: 13, framesReceived: 20, complete: false }, true)
    expect(tapes[0]).toMatchObject({ item: 'a1', state: 'ended' })
    expect(tapes[0]?.bytes).toEqual([...pcm(10, 1), ...pcm(3, 2)])
  })

  it('ends an answer that was heard whole', () => {
    kept.queued(TRACK, pcm(10, 1))
    kept.heard({ ...TRACK, framesPlayed: 10, framesReceived: 10, complete: false }, false)
    expect(tapes[0]?.state).toBe('open')
    kept.heard({ ...TRACK, framesPlayed: 10, framesReceived: 10, complete: true }, false)
    expect(tapes[0]).toMatchObject({ state: 'ended' })
    expect(tapes[0]?.bytes).toHaveLength(20)
  })

  it('keeps nothing where nothing is to be kept, also when that changes between two turns', () => {
    keeps = false
    turn(1)
    kept.queued(TRACK, pcm(10, 1))
    kept.heard({ ...TRACK, framesPlayed: 10, framesReceived: 10, complete: true }, false)
    keeps = true
    turn(2)
    kept.receive({ type: 'turn_committed', item_id: 'u1', audioMs: null })
    kept.receive({ type: 'turn_committed', item_id: 'u2', audioMs: null })
    expect(tapes.map(({ item, bytes }) => [item, bytes])).toEqual([['u2', [2, 2, 2, 2]]])
  })
})
