/**
 * `npm run replay -- FILE [--human] [--prices FILE] [--model NAME]`: feeds a recorded session
 * through the parser, the reducer and the meter of the app, and prints one JSON object, or the
 * conversation for people. Ends with 1 when the file cannot be read or holds no event at all.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { decodeBase64 } from '../main/realtime/base64.ts'
import { replay, replayAsText } from '../shared/replay.ts'
import { BUILT_IN_PRICES, parsePrices, withPrices } from '../shared/usage/prices.ts'

const USAGE = 'usage: npm run replay -- FILE.jsonl [--human] [--prices PRICES.json] [--model NAME]'

/** What went wrong, for a person. */
class Refusal extends Error {}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** @param {string | undefined} file */
function pricesFrom(file) {
  if (file === undefined) return BUILT_IN_PRICES
  const parsed = parsePrices(read(file))
  if (!parsed.ok) throw new Refusal(`${file}: ${parsed.reason}`)
  return withPrices(BUILT_IN_PRICES, parsed.prices)
}

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { human: { type: 'boolean', default: false }, prices: { type: 'string' }, model: { type: 'string' } },
    })
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function main() {
  const { values, positionals } = options()
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw new Refusal(USAGE)
  const prices = pricesFrom(values.prices)
  const replayed = replay(read(file), { decodeBase64, prices, ...(values.model === undefined ? {} : { model: values.model }) })
  process.stdout.write(`${values.human ? replayAsText(replayed) : JSON.stringify(replayed.report, null, 2)}\n`)
  if (replayed.report.events === 0) process.exitCode = 1
}

try {
  main()
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(error.message)
  process.exitCode = 1
}
