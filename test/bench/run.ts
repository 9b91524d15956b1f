/**
 * `npm run bench -- [--json] [--quick] [--only N[,N…]]`: Parley beside its peers, goal after goal.
 * A benchmark reports; its exit code says only whether every measurement came about.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WORK } from './lib/bundle.ts'
import { figure, table, verdict } from './lib/report.ts'
import type { Goal, Result } from './lib/types.ts'

/** A goal whose control shows that the machine was not the same for all is measured again; the last of so many counts, void or not. */
const TRIES = 3

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
    let found: Result[] = []
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      found = await goal.run({
        quick: values.quick,
        again: attempt > 1,
        progress: (text) => {
          say(`  ${text}`)
        },
      })
      // What is only shown is void as well where its control is, but nobody judges by it.
      const empty = found.filter((result) => result.void && result.met !== null)
      if (empty.length === 0 || values.quick) break
      for (const { name, control } of empty) say(`  void (control ${figure(control)}): ${name}`)
    }
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
