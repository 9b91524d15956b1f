import { setTimeout as sleep } from 'node:timers/promises'
import { Room } from '../../renderer/sound/harness.ts'
import { newIds } from '../lib/answers.ts'
import { cutSeries, ELECTRON, transportNote } from '../lib/cut-series.ts'
import { listen } from '../lib/heard.ts'
import { startRecorder } from '../lib/recorder.ts'
import { medians } from '../lib/rounds.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, tone } from '../lib/script-server.ts'
import { PLAYERS, Stage } from '../lib/stage.ts'
import { isVoid, median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

/** First sound after the first delta, ms, of each round. */
interface Beside {
  /** From the voice port on: what Parley takes without the way from main to the sound room. */
  ours: number[]
  wavtools: number[]
  again: number[]
}

/** Parley from the voice port on and wavtools, in turn. */
async function fromThePort(rounds: number, progress: (text: string) => void): Promise<Beside> {
  const room = await Room.start()
  const recorder = await startRecorder(room.card)
  const stage = await Stage.start()
  try {
    // As in a conversation: the microphone is open, and what sounds is known to its echo canceller.
    await room.openMicrophone()
    await room.capture('armed')
    const origin = await room.main.page.evaluate(() => performance.timeOrigin)
    const line = await stage.peer('wavtools')
    const said = (round: number): Int16Array => tone(400 + ((round * 37) % 100))
    const own = async (round: number): Promise<number> => {
      const mark = recorder.mark()
      const posted = await room.play({ response_id: `resp_${String(round)}`, item_id: `item_${String(round)}`, content_index: 0 }, said(round))
      await sleep(1000)
      const heard = listen(recorder.since(mark))
      if (!heard) throw new Error('nothing was heard')
      return heard.begin - (origin + posted - performance.timeOrigin)
    }
    const peer = async (round: number): Promise<number> => {
      const { response, items } = newIds()
      const item = items[0] ?? ''
      const mark = stage.recorder.mark()
      beginResponse(line, response)
      beginItem(line, response, item)
      const first = delta(line, response, item, said(round))
      endItem(line, response, item)
      endResponse(line, response)
      await sleep(1000)
      const heard = listen(stage.recorder.since(mark))
      if (!heard) throw new Error('nothing was heard')
      return heard.begin - first
    }
    const found: Beside = { ours: [], wavtools: [], again: [] }
    // The first is not counted: contexts are warm from then on.
    for (let round = 0; round <= rounds; round++) {
      progress(`from the port, round ${String(round)}/${String(rounds)}`)
      const [ours, wavtools, again] = [await own(round), await peer(round), await peer(round)]
      if (round === 0) continue
      found.ours.push(ours)
      found.wavtools.push(wavtools)
      found.again.push(again)
    }
    return found
  } finally {
    await stage.stop()
    recorder.stop()
    await room.stop()
  }
}

async function run(options: Options): Promise<Result[]> {
  const real = ELECTRON === 'Electron'
  const series = await cutSeries(options, options.again && real)
  const { of, control } = medians(series, PLAYERS.wavtools, (cut) => cut.firstSoundMs)
  const ours = of('Parley')
  const beside = await fromThePort(series.control.length, options.progress)
  const [port, peer] = [median(beside.ours), median(beside.wavtools)]
  const portControl = median(beside.again) / peer
  const common = { goal: 10, unit: 'ms', target: '≤ 60 ms and ≤ 1.1 × wavtools', rounds: series.control.length, control, void: isVoid(control) }
  const within = (ms: number, wavtools: number): boolean => ms <= 60 && ms <= wavtools * 1.1
  const limit = 'About 35 ms of it are Chromium’s and the sound server’s. Google’s player is no package and is not measured'
  return [
    {
      ...common,
      name: 'first delta → first sound at the speaker, warm, p50',
      ours,
      peers: { [PLAYERS.wavtools]: of(PLAYERS.wavtools), [PLAYERS.elevenlabs]: of(PLAYERS.elevenlabs), [PLAYERS.onended]: of(PLAYERS.onended) },
      ratio: ours / of(PLAYERS.wavtools),
      met: real ? within(ours, of(PLAYERS.wavtools)) : null,
      note: `${transportNote()}. ${limit}`,
    },
    {
      ...common,
      name: 'a delta at the voice port → first sound at the speaker, warm, p50',
      ours: port,
      peers: { [PLAYERS.wavtools]: peer },
      ratio: port / peer,
      met: real ? null : within(port, peer),
      control: portControl,
      void: isVoid(portControl),
      note: `Chromium, without Electron’s part of the way. ${limit}`,
    },
  ]
}

export const goal: Goal = { number: 10, title: 'First sound', sound: true, run }
