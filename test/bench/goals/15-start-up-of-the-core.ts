import { bundleForMain, clientSource } from '../lib/bundle.ts'
import { PEERS } from '../lib/peers.ts'
import { connectPair } from '../lib/processes.ts'
import { interleave, medians } from '../lib/rounds.ts'
import { ELECTRON } from '../lib/cut-series.ts'
import { Stage } from '../lib/stage.ts'
import { isVoid, median } from '../lib/stats.ts'
import { FLOOR } from '../lib/stream-cpu.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

interface Start {
  /** Import of the module alone, ms. */
  importMs: number
  /** From the begin of the import to the first `session.update` at the server, ms. */
  toUpdateMs: number
}

async function start(module: string): Promise<Start> {
  const pair = await connectPair(module)
  try {
    const { at } = await pair.server.hear('session_update')
    return { importMs: pair.ready.importMs, toUpdateMs: at - pair.ready.startedAt }
  } finally {
    await pair.end()
  }
}

/** From the start of the built app's process to the word that a person sees, ms. */
async function startApp(stage: Stage): Promise<{ idle: number; ready: number }> {
  const began = performance.now()
  const app = await stage.app({}, { began })
  await app.close()
  return app.shown
}

async function run(options: Options): Promise<Result[]> {
  const rounds = options.quick ? 4 : 10
  const bundled = `${PEERS.openai}, bundled`
  const modules = [
    { name: 'Parley', module: await bundleForMain('ours') },
    { name: PEERS.openai, module: clientSource('openai') },
    { name: bundled, module: await bundleForMain('openai') },
    { name: PEERS.agents, module: clientSource('agents') },
    { name: FLOOR, module: await bundleForMain('plain') },
  ]
  const measured = await interleave(
    modules.map(({ name, module }) => ({ name, measure: () => start(module) })),
    PEERS.openai,
    rounds,
    options,
  )
  const update = medians(measured, PEERS.openai, (value) => value.toUpdateMs)
  const imported = medians(measured, PEERS.openai, (value) => value.importMs)
  const ours = update.of('Parley')
  const stage = await Stage.start()
  const idle: number[] = []
  const ready: number[] = []
  try {
    for (let round = 0; round < (options.quick ? 2 : 5); round++) {
      options.progress(`the built app, start ${String(round + 1)}`)
      const shown = await startApp(stage)
      idle.push(shown.idle)
      ready.push(shown.ready)
    }
  } finally {
    await stage.stop()
  }
  const app = { goal: 15, peers: {}, ratio: null, rounds: idle.length, control: null, void: false, unit: 'ms', target: 'shown', met: null, note: `${ELECTRON}${ELECTRON === 'Electron' ? '' : ', whose own start and a cold Chromium are most of it'}` }
  return [
    { ...app, name: 'the built app: process started → Idle shown', ours: median(idle) },
    { ...app, name: 'the built app: Start conversation pressed → Ready shown', ours: median(ready) },
    {
      goal: 15,
      name: 'voice core: import to first session.update on the wire, against the import of openai alone',
      ours,
      peers: { [`${PEERS.openai}, import alone`]: imported.of(PEERS.openai), [`${bundled}, import alone`]: imported.of(bundled), [`${PEERS.agents}, import alone`]: imported.of(PEERS.agents), [FLOOR]: update.of(FLOOR) },
      unit: 'ms',
      ratio: ours / imported.of(PEERS.openai),
      target: '≤ 0.4 × openai’s import',
      met: ours <= imported.of(PEERS.openai) * 0.4,
      rounds,
      control: imported.control,
      void: isVoid(imported.control),
      note: `of it Parley’s import ${imported.of('Parley').toFixed(0)} ms; all of them to session.update: openai ${update.of(PEERS.openai).toFixed(0)}, agents ${update.of(PEERS.agents).toFixed(0)} ms`,
    },
  ]
}

export const goal: Goal = { number: 15, title: 'Start-up of the voice core', sound: true, run }
