/**
 * @typedef {{passed: number, failed: number, skipped: {name: string, reason: string}[]}} Counts
 */

/**
 * Reads what `scripts/vitest-reporter.mjs` wrote.
 * @param {string} text
 * @returns {Counts | undefined} nothing when it is no such report
 */
export function parseVitest(text) {
  const value = parse(text)
  const whole = typeof value?.passed === 'number' && typeof value.failed === 'number' && Array.isArray(value.skipped)
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
  const counts = { passed: 0, failed: Array.isArray(value.errors) ? value.errors.length : 0, skipped: [] }
  /** @param {any} suite @param {string[]} path */
  const walk = (suite, path) => {
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests ?? []) {
        if (test.status === 'expected') counts.passed++
        else if (test.status === 'skipped') {
          const annotation = (test.annotations ?? []).find((/** @type {any} */ one) => ['skip', 'fixme'].includes(one.type))
          counts.skipped.push({
            name: [...path, spec.title].join(' > '),
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
    }),
    /** @type {Counts} */ ({ passed: 0, failed: 0, skipped: [] }),
  )
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
