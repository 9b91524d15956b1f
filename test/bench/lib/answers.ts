import { setTimeout as sleep } from 'node:timers/promises'
import { clicksAtEnd, listen, span } from './heard.ts'
import { belowControl, machineBreaks } from '../../sound-card/index.ts'
import { RATE, type Heard } from './recorder.ts'
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
  /** The recording of it all, with the control tone where there is one. */
  raw: Int16Array
  /** Tone that was recorded, ms. */
  heardMs: number
  /** `audio_end_ms` that the server was told; null when it was told nothing. */
  toldMs: number | null
  /** Truncates and deletes that came. */
  corrections: number
}

/** From here on something other than the control tone sounds: both its tones together stay below, dBFS. */
export const ABOVE_CONTROL_DB = -38

/** Waits until nothing has sounded for so long (10 s at most), and returns what was recorded since a mark. @param db level from which on it sounds, dBFS */
export async function settle(stage: Stage, mark: number, quietMs = 350, db = -50): Promise<Heard> {
  const deadline = performance.now() + 10_000
  await sleep(quietMs)
  const sounding = (): boolean => {
    // Only the newest of the recording: to look through all of it twenty times a second takes the time of whoever is being sent to.
    const now = stage.recorder.mark()
    return span(stage.recorder.since(Math.max(mark, now - (quietMs * RATE) / 1000)).samples, db) !== null
  }
  while (sounding() && performance.now() < deadline) await sleep(50)
  return stage.recorder.since(mark)
}

/** A cut beside which the machine broke the control tone is made again; the last of so many counts, however it was. */
const TRIES = 5

/** As {@link cutBurst}, for who has the control tone beside it. */
export async function cutBesideControl(stage: Stage, line: Line, afterMs: number): Promise<Cut> {
  for (let attempt = 1; ; attempt++) {
    const cut = await cutBurst(stage, line, afterMs)
    if (attempt === TRIES || machineBreaks(cut.raw).length === 0) return cut
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
  const raw = await settle(stage, mark, 350, ABOVE_CONTROL_DB)
  endItem(line, response, item)
  endResponse(line, response, 'cancelled')
  line.send('input_audio_buffer.speech_stopped', { audio_end_ms: 500, item_id: `item_s${response.slice(6)}` })
  const told = line.of('conversation.item.truncate', since)
  const heard = { ...raw, samples: belowControl(raw.samples) }
  const found = listen(heard)
  if (!found) throw new Error('nothing was heard')
  return {
    firstSoundMs: found.begin - first,
    silenceMs: found.end - cut,
    click: clicksAtEnd(heard.samples, 400),
    raw: raw.samples,
    heardMs: found.ms,
    toldMs: told[0] === undefined ? null : Number(told[0]['audio_end_ms']),
    corrections: told.length + line.of('conversation.item.delete', since).length,
  }
}
