import { cutSeries, transportNote } from '../lib/cut-series.ts'
import { medians } from '../lib/rounds.ts'
import { PLAYERS } from '../lib/stage.ts'
import { isVoid } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

async function run(options: Options): Promise<Result[]> {
  const series = await cutSeries(options)
  const { of, control } = medians(series, PLAYERS.wavtools, (cut) => cut.firstSoundMs)
  const ours = of('Parley')
  return [
    {
      goal: 10,
      name: 'first delta → first sound at the speaker, warm, p50',
      ours,
      peers: { [PLAYERS.wavtools]: of(PLAYERS.wavtools), [PLAYERS.elevenlabs]: of(PLAYERS.elevenlabs), [PLAYERS.onended]: of(PLAYERS.onended) },
      unit: 'ms',
      ratio: ours / of(PLAYERS.wavtools),
      target: '≤ 60 ms and ≤ 1.1 × wavtools',
      met: ours <= 60 && ours <= of(PLAYERS.wavtools) * 1.1,
      rounds: series.control.length,
      control,
      void: isVoid(control),
      note: `${transportNote()}. About 35 ms of it are Chromium’s and the sound server’s. Google’s player is no package and is not measured`,
    },
  ]
}

export const goal: Goal = { number: 10, title: 'First sound', sound: true, run }
