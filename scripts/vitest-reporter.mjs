import { writeFileSync } from 'node:fs'
import { firstLine } from './lib/summary.mjs'

/** @type {Record<string, string>} */
const REASONS = { skip: 'test.skip', todo: 'test.todo' }

/**
 * Vitest reporter that writes the counts with every skip's reason (Vitest's JSON reporter leaves
 * the reasons out) to the file named by `PARLEY_VITEST_REPORT`; `scripts/lib/summary.mjs` reads it.
 */
export default class CountsReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} errors errors outside any test
   */
  onTestRunEnd(modules, errors) {
    /** @type {import('./lib/summary.mjs').Counts} */
    const counts = { passed: 0, failed: errors.length, skipped: [], again: [] }
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) {
        const result = test.result()
        const name = `${module.relativeModuleId} > ${test.fullName}`
        if (result.state === 'passed') {
          counts.passed++
          // A test that passed keeps the errors of the tries before.
          if (test.diagnostic()?.flaky) counts.again.push({ name, reason: firstLine(result.errors?.[0]?.message) })
        }
        else if (result.state === 'failed') counts.failed++
        else if (result.state === 'skipped') {
          counts.skipped.push({ name, reason: result.note ?? REASONS[test.options.mode] ?? 'did not run, its group failed' })
        } else counts.failed++
      }
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++
    }
    const file = process.env.PARLEY_VITEST_REPORT
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts))
  }
}
