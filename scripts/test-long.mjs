/**
 * `npm run test:long [-- NAME…]`: what takes too long for `npm test`, one line for each:
 *
 * - `soak`: 2,000 turns of a random conversation with faults, from a seed by chance (`PARLEY_SEED` repeats one);
 * - `kills`: a conversation and the store ended by kill -9, 50 times each;
 * - `fuzz`: every property of the protocol's parser, reducer and meter, a million times (`PARLEY_CASES`);
 * - `looks`: every kept picture of the window, settings and overlay compared; `npm test` compares the most telling.
 *
 * About half an hour on one core. What a part printed is shown when it failed.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const seed = process.env['PARLEY_SEED'] ?? String(randomInt(2 ** 32))

/** @type {Record<string, { project?: string, files: string[], env: Record<string, string> }>} */
const PARTS = {
  soak: { files: ['test/main/voice/soak.test.ts'], env: { PARLEY_TURNS: process.env['PARLEY_TURNS'] ?? '2000', PARLEY_SEED: seed } },
  kills: {
    files: ['test/main/voice/kill.test.ts', 'test/main/storage/history/kill.test.ts'],
    env: { PARLEY_KILLS: process.env['PARLEY_KILLS'] ?? '50' },
  },
  fuzz: { files: ['test/shared/properties.test.ts'], env: { PARLEY_CASES: process.env['PARLEY_CASES'] ?? '1000000' } },
  looks: { project: 'integration', files: ['test/renderer/app/baselines.test.ts'], env: { PARLEY_LOOKS: 'all' } },
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`usage: npm run test:long [-- ${Object.keys(PARTS).join(' | ')} …]`)
  process.exit(1)
}

let failed = 0
for (const [name, { project = 'unit', files, env }] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const began = Date.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, '--reporter=verbose', ...files], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env, NO_COLOR: '1' },
  })
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`)
  // What the tests say of themselves: how much was tried, and what was found.
  const told = stdout.split('\n').filter((line) => /turns in .* conversations|^killed |pictures are not compared/.test(line))
  console.log(`${status === 0 ? 'passed' : 'FAILED'} ${name} (${settings.join(' ')}) in ${Math.round((Date.now() - began) / 1000)} s${told.map((line) => `; ${line}`).join('')}`)
  if (status === 0) continue
  failed += 1
  process.stderr.write(`${stdout}\n${stderr}\n`)
}
process.exit(failed === 0 ? 0 : 1)
