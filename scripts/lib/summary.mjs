import { stripVTControlCharacters } from 'node:util'

/**
 * @typedef {{name: string, reason: string}} Named
 * @typedef {{passed: number, failed: number, skipped: Named[], again: Named[]}} Counts `again`: passed when tried
 *   once more; the reason is why it had failed
 */

/**
 * Reads what `scripts/vitest-reporter.mjs` wrote.
 * @param {string} text
 * @returns {Counts | undefined} nothing when it is no such report
 */
export function parseVitest(text) {
  const value = parse(text)
  const whole = typeof value?.passed === 'number' && typeof value.failed === 'number' && Array.isArray(value.skipped) && Array.isArray(value.again)
  return whole ? value : undefined
}

/**
 * Counts Playwright's JSON report.
 * @param {string} text
 * @returns {Counts | undefined} nothing when it is no such report
 */
export function parsePlaywright(text) {
  const value = parse(text)
  if (!Array.isArray(value?.suites)) return undefined
  /** @type {Counts} */
  // Errors outside any test (a file that does not load, a broken hook) count like a failed test.
  const counts = { passed: 0, failed: Array.isArray(value.errors) ? value.errors.length : 0, skipped: [], again: [] }
  /** @param {any} suite @param {string[]} path */
  const walk = (suite, path) => {
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests ?? []) {
        const name = [...path, spec.title].join(' > ')
        if (test.status === 'expected') counts.passed++
        else if (test.status === 'flaky') {
          counts.passed++
          counts.again.push({ name, reason: firstLine(test.results?.[0]?.error?.message) })
        }
        else if (test.status === 'skipped') {
          const annotation = (test.annotations ?? []).find((/** @type {any} */ one) => ['skip', 'fixme'].includes(one.type))
          counts.skipped.push({
            name,
            reason: annotation?.description ?? (annotation === undefined ? 'did not run' : `test.${annotation.type}`),
          })
        } else counts.failed++
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, [...path, inner.title])
  }
  for (const suite of value.suites) walk(suite, [suite.title])
  return counts
}

/** @param {Counts[]} all */
export function sum(all) {
  return all.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: [...total.skipped, ...one.skipped],
      again: [...total.again, ...one.again],
    }),
    /** @type {Counts} */ ({ passed: 0, failed: 0, skipped: [], again: [] }),
  )
}

/** What a failure says first, without colours. @param {string | undefined} message */
export function firstLine(message) {
  return stripVTControlCharacters(message ?? '').trim().split('\n')[0] || 'no reason given'
}

/** The last line of `npm test`. @param {Counts} counts */
export function summaryLine(counts) {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped`
}

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
