import { describe, expect, it } from 'vitest'
import { Turn, type MicrophoneFrame, type TurnSink } from '../../../main/voice/turn.ts'

const FRAME = { pcm: new Uint8Array(960), rms: 0.1, seq: 0, firstFrame: 0 }
const QUIET = { ...FRAME, rms: 0.0001 }
/** The frame at a place of the clock, ms. */
const at = (ms: number, of = FRAME): MicrophoneFrame => ({ ...of, firstFrame: ms * 24 })

function sink(): TurnSink & { log: string[]; bytes: number } {
  const log: string[] = []
  return {
    log,
    bytes: 0,
    beginTurn() {
      log.push('begin')
    },
    appendAudio(pcm) {
      this.bytes += pcm.byteLength
    },
    endTurn() {
      log.push('end')
      return 'committed'
    },
  }
}

describe('Turn', () => {
  it('keeps frames until there is somewhere to send them, then sends each once', () => {
    const turn = new Turn(0)
    const to = sink()
    for (let i = 0; i < 10; i++) turn.add(FRAME)
    expect(turn.pump(to)).toBeNull()
    turn.add(FRAME)
    expect(turn.pump(to)).toBeNull()
    turn.close()
    expect(turn.pump(to)).toBe('committed')
    expect(to.log).toEqual(['begin', 'end'])
    expect(to.bytes).toBe(11 * 960)
    expect(turn.ms).toBe(220)
  })

  it('ends the tail after 200 ms of sound or 80 ms of silence', () => {
    const loud = new Turn(0)
    loud.release(0, null)
    expect(Array.from({ length: 10 }, (_, i) => loud.add(at(i * 20)))).toEqual([...Array<boolean>(9).fill(false), true])
    const quiet = new Turn(0)
    quiet.release(0, null)
    expect(Array.from({ length: 4 }, (_, i) => quiet.add(at(i * 20, QUIET)))).toEqual([false, false, false, true])
  })

  it('counts the tail from what was said when the key was let go, not from what came then', () => {
    const loud = new Turn(0)
    loud.release(0, 100 * 24)
    expect(Array.from({ length: 15 }, (_, i) => loud.add(at(i * 20))).indexOf(true)).toBe(14)
    const quiet = new Turn(0)
    quiet.release(0, 100 * 24)
    expect(Array.from({ length: 9 }, (_, i) => quiet.add(at(i * 20, QUIET))).indexOf(true)).toBe(8)
  })

  it('takes frames that are still under way after the tail, and none once it is closed', () => {
    const turn = new Turn(0)
    turn.release(0, null)
    turn.settle()
    turn.add(FRAME)
    expect(turn.ms).toBe(20)
    turn.close()
    turn.add(FRAME)
    expect(turn.ms).toBe(20)
  })

  it('keeps the first 60 s while nothing can be sent, and says that the rest is missing', () => {
    const turn = new Turn(0)
    for (let i = 0; i < 3100; i++) turn.add(FRAME)
    expect(turn.ms).toBe(60_000)
    expect(turn.overflowed).toBe(true)
  })

  it('has no length limit while everything is sent at once', () => {
    const turn = new Turn(0)
    const to = sink()
    for (let i = 0; i < 4000; i++) {
      turn.add(FRAME)
      turn.pump(to)
    }
    expect(to.bytes).toBe(4000 * 960)
    expect(turn.overflowed).toBe(false)
    turn.rewind()
    expect(turn.overflowed).toBe(true)
  })

  it('sends everything again to the next connection', () => {
    const turn = new Turn(0)
    for (let i = 0; i < 10; i++) turn.add(FRAME)
    turn.pump(sink())
    turn.rewind()
    const next = sink()
    turn.close()
    turn.pump(next)
    expect(next.log).toEqual(['begin', 'end'])
    expect(next.bytes).toBe(10 * 960)
  })

  it('joins a later attempt to what is held', () => {
    const first = new Turn(0)
    first.add(FRAME)
    first.close()
    const second = new Turn(0)
    second.add(FRAME)
    first.join(second)
    expect(first.ms).toBe(40)
  })
})
