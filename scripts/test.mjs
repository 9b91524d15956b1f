/**
 * `npm test [-- --only types|lint|build|unit|e2e] [-- ARGUMENTS OF THAT TOOL]`: installs what is missing, checks
 * types, lints, builds, runs the unit, integration and end-to-end tests. The last line is
 * `N passed, N failed, N skipped`. Runs on Node 20 before anything is installed.
 */
import { existsSync, readFileSync, rmSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensurePackages, mayInstall } from './lib/debian.mjs'
import { startDisplay } from './lib/display.mjs'
import { electronAtHand } from './lib/electron.mjs'
import { install } from './lib/install.mjs'
import { commandNodeRemedy, toolNode } from './lib/node.mjs'
import { command, Remedy, run, say, seconds } from './lib/run.mjs'
import { parsePlaywright, parseVitest, sum, summaryLine } from './lib/summary.mjs'

/** @typedef {import('./lib/summary.mjs').Counts} Counts */

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')
const reports = join(root, '.cache/test')
/** A tool that takes longer than this has hung, ms. */
const LIMIT_MS = 25 * 60_000
const PACKAGES = ['chromium', 'xvfb', 'pulseaudio', 'pulseaudio-utils', 'sox', 'espeak-ng', 'xdotool', 'dbus-daemon', 'dbus-bin', 'fonts-liberation']
/** What makes the tests faster where it can be had; they do without. */
const LIGHTER = ['chromium-headless-shell']
const STEPS = /** @type {const} */ (['types', 'lint', 'build', 'unit', 'e2e'])

await command(async () => {
  const old = commandNodeRemedy()
  if (old !== undefined) throw new Remedy(old)
  const { only, rest } = options(process.argv.slice(2))
  const began = Date.now()

  await install(root)
  const node = toolNode(root)
  if ('remedy' in node) throw new Remedy(node.remedy)
  const needsMachine = only === undefined || only === 'unit' || only === 'e2e'
  const linux = process.platform === 'linux'
  if (needsMachine && linux) await ensurePackages([...PACKAGES, ...(mayInstall() ? LIGHTER : [])], 'the tests use a real browser engine, display and sound card')

  mkdirSync(reports, { recursive: true })
  const env = await testEnvironment(needsMachine && linux)
  /** @type {Counts[]} */
  const all = []
  const wants = (/** @type {(typeof STEPS)[number]} */ step) => only === undefined || step === only
  // Before the tests, not beside them: they count in real time, and three who work on two cores take longer than one after the other.
  const checks = (/** @type {const} */ (['types', 'lint'])).filter(wants)
  all.push(...(await Promise.all(checks.map((step) => runStep(step, node.path, only === step ? rest : [], env)))))
  if (wants('build') || wants('unit') || wants('e2e')) {
    // The tests run what was built.
    const build = await runStep('build', node.path, only === 'build' ? rest : [], env)
    all.push(build)
    if (wants('unit')) all.push(await runStep('unit', node.path, only === 'unit' ? rest : [], env))
    if (wants('e2e')) {
      if (build.failed > 0) all.push(skip('e2e', 'the build failed'))
      else if (!linux && !electronAtHand(root)) all.push(skip('e2e', 'needs Electron (npm start -- --electron) or Linux with Chromium'))
      else if (only === 'e2e' && rest.length > 0) all.push(await runStep('e2e', node.path, rest, env))
      // What is judged by a recording is not disturbed by the rest.
      else for (const part of ['app', 'sound']) all.push(await runStep('e2e', node.path, ['--project', part], env, { part }))
    }
  }
  const total = sum(all)
  for (const { name, reason } of total.skipped) console.log(`skipped: ${name}: ${reason}`)
  for (const { name, reason } of total.again) console.log(`passed when tried again: ${name}: ${reason}`)
  say('time', seconds(began))
  console.log(summaryLine(total))
  return total.failed > 0 ? 1 : 0
})

/**
 * @param {string[]} args
 * @returns {{only: string | undefined, rest: string[]}}
 */
function options(args) {
  const at = args.indexOf('--only')
  const only = at < 0 ? undefined : args[at + 1]
  const rest = args.filter((arg, i) => arg !== '--' && (at < 0 || (i !== at && i !== at + 1)))
  if (at >= 0 && !(/** @type {readonly (string | undefined)[]} */ (STEPS)).includes(only)) {
    throw new Remedy(`--only takes one of: ${STEPS.join(', ')}.`)
  }
  if (only === undefined && rest.length > 0) {
    throw new Remedy(`Say which tool gets "${rest.join(' ')}": npm test -- --only unit ${rest.join(' ')}`)
  }
  return { only, rest }
}

/** @param {boolean} display */
async function testEnvironment(display) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, NO_COLOR: '1' }
  // What a person exported for their own sessions must not steer a test, least of all a key.
  for (const name of Object.keys(env)) {
    if (/^(PARLEY_(?!CHROMIUM)|OPENAI_|AZURE_|PULSE_|ELECTRON_RUN_AS_NODE|NODE_OPTIONS|WAYLAND_DISPLAY)/.test(name)) delete env[name]
  }
  delete env.FORCE_COLOR
  if (display) env.DISPLAY = await startDisplay()
  return env
}

/** @param {string} name @param {string} reason @returns {Counts} */
function skip(name, reason) {
  say(name, `skipped: ${reason}`)
  return { passed: 0, failed: 0, skipped: [{ name, reason }], again: [] }
}

/**
 * Runs one tool and counts what it says.
 * @param {(typeof STEPS)[number]} step
 * @param {string} node
 * @param {string[]} rest
 * @param {NodeJS.ProcessEnv} env
 * @param {{part?: string}} [how] which part of the step
 * @returns {Promise<Counts>}
 */
async function runStep(step, node, rest, env, { part } = {}) {
  const began = Date.now()
  const name = part === undefined ? step : `${step}-${part}`
  const report = join(reports, `${name}.json`)
  rmSync(report, { force: true })
  const modules = join(root, 'node_modules')
  const tools = {
    types: { args: [join(root, 'scripts/typecheck.mjs')], env: {}, parse: undefined },
    lint: { args: [join(modules, 'eslint/bin/eslint.js'), '--max-warnings', '0', ...(rest.length > 0 ? [] : ['.'])], env: {}, parse: undefined },
    build: { args: [join(root, 'scripts/build.mjs')], env: {}, parse: undefined },
    unit: {
      args: [join(modules, 'vitest/vitest.mjs'), 'run', '--reporter=default', `--reporter=${join(root, 'scripts/vitest-reporter.mjs')}`],
      env: { PARLEY_VITEST_REPORT: report },
      parse: parseVitest,
    },
    e2e: {
      args: [join(modules, '@playwright/test/cli.js'), 'test', '--reporter=line,json'],
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
      parse: parsePlaywright,
    },
  }
  const tool = tools[step]
  const result = await run(node, [...tool.args, ...rest], {
    cwd: root,
    env: { ...env, ...tool.env },
    limitMs: LIMIT_MS,
    log: join(reports, `${name}.log`),
  })
  /** @type {Counts} */
  let counts = { passed: result.code === 0 ? 1 : 0, failed: result.code === 0 ? 0 : 1, skipped: [], again: [] }
  if (tool.parse !== undefined) {
    const parsed = existsSync(report) ? tool.parse(readFileSync(report, 'utf8')) : undefined
    // A tool that ends badly without a failed test, or well without a report, has failed as such.
    if (parsed === undefined) counts = { passed: 0, failed: 1, skipped: [], again: [] }
    else counts = { ...parsed, failed: result.code !== 0 && parsed.failed === 0 ? 1 : parsed.failed }
  }
  if (counts.failed > 0) console.log(`\n${result.output.trim()}\n`)
  const how = result.timedOut ? `ended after ${LIMIT_MS / 60_000} min, it hung` : counts.failed > 0 ? 'FAILED' : 'ok'
  say(name, `${how}, ${seconds(began)}${tool.parse === undefined ? '' : ` (${summaryLine(counts)})`}`)
  return counts
}
