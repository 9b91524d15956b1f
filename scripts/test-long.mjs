/**
 * `npm run test:long [-- CASES]`: what takes too long for `npm test`. Every property of the
 * protocol's parser, reducer and meter is tried a million times (`test/shared/properties.test.ts`);
 * about fifteen minutes on one core.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cases = process.argv[2] ?? '1000000'
if (!/^[1-9]\d*$/.test(cases)) {
  console.error('usage: npm run test:long [-- CASES]')
  process.exit(1)
}
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=verbose', 'test/shared/properties.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PARLEY_CASES: cases },
})
process.exit(status ?? 1)
