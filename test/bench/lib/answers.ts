import { setTimeout as sleep } from 'node:timers/promises'
import { clicksAtEnd, listen, span } from './heard.ts'
import type { Heard } from './recorder.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, pieces, tone, type Line } from './script-server.ts'
import type { Stage } from './stage.ts'

let count = 0

/** A new answer's ids. */
export function newIds(items = 1): { response: string; items: string[] } {
  count++
  const pad = String(count).padStart(18, '0')
  return { response: `resp_b${pad}`, items: Array.from({ length: items }, (_, i) => `item_b${String(i)}${pad}`) }
}

export interface Cut {
  /** First delta on the wire → first sound at the speaker, ms. */
  firstSoundMs: number
  /** `speech_started` on the wire → last sound at the speaker, ms. */
  silenceMs: number
  click: boolean
  /** Tone that was recorded, ms. */
  heardMs: number
  /** `audio_end_ms` that the server was told; null when it was told nothing. */
  toldMs: number | null
  /** Truncates and deletes that came. */
  corrections: number
}

/** Waits until nothing has sounded for so long (10 s at most), and returns what was recorded since a mark. @param db level from which on it sounds, dBFS */
export async function settle(stage: Stage, mark: number, quietMs = 350, db = -50): Promise<Heard> {
  const deadline = performance.now() + 10_000
  await sleep(quietMs)
  for (;;) {
    const heard = stage.recorder.since(mark)
    const found = span(heard.samples, db)
    if (!found || performance.now() - heard.timeOf(found.last) > quietMs || performance.now() > deadline) return heard
    await sleep(50)
  }
}

/** 10 s of a tone in a burst; the person cuts in after so many ms. */
export async function cutBurst(stage: Stage, line: Line, afterMs: number): Promise<Cut> {
  const { response, items } = newIds()
  const item = items[0] ?? ''
  const mark = stage.recorder.mark()
  const since = performance.now()
  beginResponse(line, response)
  beginItem(line, response, item)
  let first = 0
  for (const pcm of pieces(tone(10_000), 200)) {
    const at = delta(line, response, item, pcm)
    if (first === 0) first = at
  }
  await sleep(Math.max(0, first + afterMs - performance.now()))
  const cut = line.send('input_audio_buffer.speech_started', { audio_start_ms: 0, item_id: `item_s${response.slice(6)}` })
  const heard = await settle(stage, mark)
  endItem(line, response, item)
  endResponse(line, response, 'cancelled')
  line.send('input_audio_buffer.speech_stopped', { audio_end_ms: 500, item_id: `item_s${response.slice(6)}` })
  const told = line.of('conversation.item.truncate', since)
  const found = listen(heard)
  if (!found) throw new Error('nothing was heard')
  return {
    firstSoundMs: found.begin - first,
    silenceMs: found.end - cut,
    click: clicksAtEnd(heard.samples, 400),
    heardMs: found.ms,
    toldMs: told[0] === undefined ? null : Number(told[0]['audio_end_ms']),
    corrections: told.length + line.of('conversation.item.delete', since).length,
  }
}
