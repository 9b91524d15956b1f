import { CONTROL_NOTE, cutSeries } from '../lib/cut-series.ts'
import { PLAYERS } from '../lib/stage.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

async function run(options: Options): Promise<Result[]> {
  const series = await cutSeries(options)
  const clicks = (name: string): number => (series.all.get(name) ?? []).filter(({ click }) => click).length
  const rounds = series.control.length
  return [
    {
      goal: 8,
      name: 'clicks at the cut',
      ours: clicks('Parley'),
      peers: { [PLAYERS.wavtools]: clicks(PLAYERS.wavtools), [PLAYERS.elevenlabs]: clicks(PLAYERS.elevenlabs), [PLAYERS.onended]: clicks(PLAYERS.onended) },
      unit: `of ${String(rounds)} cuts`,
      ratio: null,
      target: '0 in 20 cuts',
      met: clicks('Parley') === 0,
      rounds,
      control: null,
      void: false,
      note: `what a sine predictor cannot foretell at the end of the recorded tone; ${CONTROL_NOTE}`,
    },
  ]
}

export const goal: Goal = { number: 8, title: 'No click at the cut', sound: true, run }
