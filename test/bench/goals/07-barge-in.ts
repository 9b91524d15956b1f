import { CONTROL_NOTE, cutSeries, transportNote } from '../lib/cut-series.ts'
import { medians } from '../lib/rounds.ts'
import { PLAYERS } from '../lib/stage.ts'
import { isVoid, quantile } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

async function run(options: Options): Promise<Result[]> {
  const series = await cutSeries(options, options.again)
  const { of, control } = medians(series, PLAYERS.wavtools, (cut) => cut.silenceMs)
  const ours = of('Parley')
  const p95 = quantile((series.all.get('Parley') ?? []).map((cut) => cut.silenceMs), 0.95)
  const peers = { [PLAYERS.wavtools]: of(PLAYERS.wavtools), [PLAYERS.elevenlabs]: of(PLAYERS.elevenlabs), [PLAYERS.onended]: of(PLAYERS.onended) }
  const common = { goal: 7, ours, peers, unit: 'ms', rounds: series.control.length, control, void: isVoid(control) }
  return [
    { ...common, name: 'speech_started → silence at the speaker, p50', ratio: ours / of(PLAYERS.wavtools), target: '≤ 55 ms and ≤ 1.25 × wavtools', met: ours <= 55 && ours <= of(PLAYERS.wavtools) * 1.25, note: transportNote() },
    { ...common, name: 'the same, against ElevenLabs', ratio: ours / of(PLAYERS.elevenlabs), target: '≤ 0.6 × ElevenLabs', met: ours <= of(PLAYERS.elevenlabs) * 0.6, note: '' },
    { ...common, name: 'the same, p95', ours: p95, peers: {}, ratio: null, target: '≤ 75 ms', met: p95 <= 75, control: null, void: false, note: CONTROL_NOTE },
  ]
}

export const goal: Goal = { number: 7, title: 'Barge-in to silence', sound: true, run }
