import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../lib/bundle.ts'
import { folderSize, measureSize, ownPart, shippedPackages } from '../lib/size.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const MB = 1_000_000

async function run({ progress }: Options): Promise<Result[]> {
  progress('builds the pages')
  const { first, soundRoom } = await measureSize()
  const { out, packages } = ownPart()
  const asar = ['dist/linux-unpacked/resources/app.asar', 'dist/win-unpacked/resources/app.asar'].map((path) => join(ROOT, path)).find((path) => existsSync(path))
  const common = { goal: 21, peers: {}, ratio: null, rounds: 1, control: null, void: false, note: '' }
  return [
    { ...common, name: 'first renderer bundle, JavaScript', ours: first.javascript / 1000, unit: 'kB', target: 'test/bench/budget.test.ts', met: null, note: `gzipped ${(first.gzipped / 1000).toFixed(0)} kB; and ${(first.css / 1000).toFixed(0)} kB of CSS` },
    { ...common, name: 'sound room with its worklets, JavaScript', ours: soundRoom / 1000, unit: 'kB', target: 'test/bench/budget.test.ts', met: null },
    {
      ...common,
      name: 'the app’s own part, without Electron',
      ours: (asar === undefined ? out : statSync(asar).size) / MB,
      unit: 'MB',
      target: 'shown',
      met: null,
      note:
        asar === undefined
          ? `out/ as built; the packaged asar is measured when dist/ holds one (npm run package); besides: ${Object.entries(packages).map(([name, bytes]) => `${name} ${(bytes / MB).toFixed(1)} MB with the binaries of all platforms`).join(', ')}`
          : `${asar.slice(ROOT.length)} with all packages; unpacked beside it ${(folderSize(`${asar}.unpacked`) / MB).toFixed(1)} MB`,
    },
    { ...common, name: 'runtime dependencies', ours: Object.keys(packages).length, unit: 'packages', target: 'test/bench/budget.test.ts', met: null, note: `${String(shippedPackages().length)} with what they bring: ${shippedPackages().join(', ')}` },
  ]
}

export const goal: Goal = { number: 21, title: 'Size', sound: false, run }
