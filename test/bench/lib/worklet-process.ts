/** One capture worklet in a fresh process: what an hour of speech costs it and leaves behind. */
import { builtWorklet, quotedWorklet, runWorklet } from './worklet.ts'

const [which = '', minutes = '60'] = process.argv.slice(2)

const SOURCES: Record<string, () => { source: string; start: unknown }> = {
  ours: () => ({ source: builtWorklet('capture'), start: { type: 'mode', request: 1, mode: 'live', preRollMs: 0 } }),
  wavtools: () => ({ source: quotedWorklet('wavtools/lib/worklets/audio_processor.js'), start: { event: 'start', id: 1 } }),
  elevenlabs: () => ({
    source: quotedWorklet('@elevenlabs/client/dist/platform/web/rawAudioProcessor.generated.js'),
    start: { type: 'setFormat', format: 'pcm', sampleRate: 24_000 },
  }),
}

const made = SOURCES[which]?.()
if (!made) throw new Error(`no worklet is called ${which}`)
const worklet = runWorklet(made.source)
worklet.post(made.start)
worklet.posted()

const input = Float32Array.from({ length: 128 }, (_, i) => 0.25 * Math.sin((2 * Math.PI * 3 * i) / 128) + 0.01)
const output = new Float32Array(128)
const perMinute = 11_250
const held = (): number => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
// The first minute compiles.
for (let i = 0; i < perMinute; i++) worklet.process(input, output)
worklet.posted()
const before = held()
const cpu = process.cpuUsage()
for (let i = 0; i < perMinute * Number(minutes); i++) worklet.process(input, output)
const used = process.cpuUsage(cpu)
const retained = held() - before
process.send?.({ is: 'worklet', retained, cpuMsPerMinute: (used.user + used.system) / 1000 / Number(minutes), postsPerSecond: worklet.posted() / (Number(minutes) * 60) })
