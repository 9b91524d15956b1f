/**
 * `npm run bench -- [--json] [--quick] [--only N[,N…]]`: Parley beside its peers, goal after goal.
 * A benchmark reports; its exit code says only whether every measurement came about.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WORK } from './lib/bundle.ts'
import { table, verdict } from './lib/report.ts'
import type { Goal, Result } from './lib/types.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const only = values.only?.split(',').map(Number)

const load = (): string => loadavg().map((n) => n.toFixed(1)).join(' ')
const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const folder = join(import.meta.dirname, 'goals')
const goals: Goal[] = []
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.ts')) continue
  const { goal } = (await import(join(folder, file))) as { goal: Goal }
  if (!only || only.includes(goal.number)) goals.push(goal)
}

say(`${new Date().toISOString()} · ${String(cpus().length)} × ${cpus()[0]?.model ?? '?'} · Node ${process.versions.node} · load ${load()}${values.quick ? ' · quick: shows that it works, settles nothing' : ''}`)

const results: Result[] = []
const failed: string[] = []
for (const goal of goals) {
  say(`\n${String(goal.number)} ${goal.title} (load ${load()})`)
  const began = Date.now()
  try {
    const found = await goal.run({
      quick: values.quick,
      progress: (text) => {
        say(`  ${text}`)
      },
    })
    results.push(...found)
    for (const result of found) say(`  → ${result.name}: ${verdict(result)}`)
  } catch (error) {
    failed.push(`${String(goal.number)} ${goal.title}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    say(`  could not be measured: ${String(error)}`)
  }
  say(`  took ${String(Math.round((Date.now() - began) / 1000))} s`)
}

mkdirSync(WORK, { recursive: true })
writeFileSync(join(WORK, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : `\n${table(results)}\n`)
say(`\nload at the end ${load()}`)
for (const text of failed) say(`\nNOT MEASURED ${text}`)
process.exit(failed.length === 0 ? 0 : 1)
