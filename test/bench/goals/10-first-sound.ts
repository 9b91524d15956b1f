import { setTimeout as sleep } from 'node:timers/promises'
import { Room } from '../../renderer/sound/harness.ts'
import { cutSeries, ELECTRON, transportNote } from '../lib/cut-series.ts'
import { listen } from '../lib/heard.ts'
import { startRecorder } from '../lib/recorder.ts'
import { medians } from '../lib/rounds.ts'
import { tone } from '../lib/script-server.ts'
import { PLAYERS } from '../lib/stage.ts'
import { isVoid, median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

/** A delta at the voice port → its first sound at the speaker, ms: what Parley takes without the way from main to the sound room. */
async function fromThePort(rounds: number, progress: (text: string) => void): Promise<number[]> {
  const room = await Room.start()
  const recorder = await startRecorder(room.card)
  try {
    // As in a conversation: the microphone is open, and what sounds is known to its echo canceller.
    await room.openMicrophone()
    await room.capture('armed')
    const origin = await room.main.page.evaluate(() => performance.timeOrigin)
    const found: number[] = []
    // The first is not counted: the context is warm from then on.
    for (let round = 0; round <= rounds; round++) {
      progress(`from the port, round ${String(round)}/${String(rounds)}`)
      const mark = recorder.mark()
      const posted = await room.play({ response_id: `resp_${String(round)}`, item_id: `item_${String(round)}`, content_index: 0 }, tone(400 + ((round * 37) % 100)))
      await sleep(1000)
      const heard = listen(recorder.since(mark))
      if (!heard) throw new Error('nothing was heard')
      if (round > 0) found.push(heard.begin - (origin + posted - performance.timeOrigin))
    }
    return found
  } finally {
    recorder.stop()
    await room.stop()
  }
}

async function run(options: Options): Promise<Result[]> {
  const series = await cutSeries(options)
  const { of, control } = medians(series, PLAYERS.wavtools, (cut) => cut.firstSoundMs)
  const ours = of('Parley')
  const real = ELECTRON === 'Electron'
  const port = median(await fromThePort(series.control.length, options.progress))
  const common = { goal: 10, unit: 'ms', target: '≤ 60 ms and ≤ 1.1 × wavtools', rounds: series.control.length, control, void: isVoid(control) }
  const within = (ms: number): boolean => ms <= 60 && ms <= of(PLAYERS.wavtools) * 1.1
  const limit = 'About 35 ms of it are Chromium’s and the sound server’s. Google’s player is no package and is not measured'
  return [
    {
      ...common,
      name: 'first delta → first sound at the speaker, warm, p50',
      ours,
      peers: { [PLAYERS.wavtools]: of(PLAYERS.wavtools), [PLAYERS.elevenlabs]: of(PLAYERS.elevenlabs), [PLAYERS.onended]: of(PLAYERS.onended) },
      ratio: ours / of(PLAYERS.wavtools),
      met: real ? within(ours) : null,
      note: `${transportNote()}. ${limit}`,
    },
    {
      ...common,
      name: 'a delta at the voice port → first sound at the speaker, warm, p50',
      ours: port,
      peers: { [PLAYERS.wavtools]: of(PLAYERS.wavtools) },
      ratio: port / of(PLAYERS.wavtools),
      met: real ? null : within(port),
      note: `Chromium, without Electron’s part of the way. ${limit}`,
    },
  ]
}

export const goal: Goal = { number: 10, title: 'First sound', sound: true, run }
