import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../main/log.ts'
import { Spending } from '../../main/spending.ts'
import type { ServerEvent } from '../../shared/realtime/server-events.ts'
import { BUILT_IN_PRICES } from '../../shared/usage/prices.ts'

const NOON = new Date(2026, 10, 20, 12).getTime()
let ids = 0

/** An answer of so many audio tokens. */
function answer(tokens: number): ServerEvent {
  return {
    type: 'response.done',
    response: {
      id: `resp_${String(++ids)}`,
      status: 'completed',
      status_details: null,
      output: [],
      usage: { total_tokens: tokens, input_tokens: 0, output_tokens: tokens, output_token_details: { audio_tokens: tokens, text_tokens: 0 } },
    },
  }
}

describe('Spending', () => {
  let folder: string
  let now: number
  const caps = { capSessionUsd: 1, capDayUsd: 2, capDayMinutes: 60 }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-spending-'))
    now = NOON
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  function open(): Promise<Spending> {
    return Spending.open({ file: join(folder, 'spending.json'), prices: BUILT_IN_PRICES, caps: () => caps, log: createLog({ sinks: [] }), now: () => now })
  }

  it('warns once at four fifths of the conversation’s cap and stops at the cap', async () => {
    const spending = await open()
    spending.begin('gpt-realtime-2.1-mini')
    // 20 dollars for a million audio tokens out: 10,000 tokens are 20 cents.
    expect(spending.apply(answer(30_000))).toBeNull()
    expect(spending.shown.costUsd).toBeCloseTo(0.6)
    expect(spending.apply(answer(11_000))).toMatchObject({ code: 'spending_near', detail: { percent: 82 } })
    expect(spending.apply(answer(1000))).toBeNull()
    expect(spending.capped()).toBeNull()
    expect(spending.apply(answer(10_000))).toBeNull()
    expect(spending.capped()).toMatchObject({ code: 'spending_session', detail: { usd: 1 } })
    spending.end()
    expect(spending.capped()).toBeNull()
    await spending.idle()
  })

  it('remembers the day across runs, and begins anew with the next', async () => {
    for (let run = 0; run < 3; run++) {
      const spending = await open()
      spending.begin('gpt-realtime-2.1-mini')
      spending.apply(answer(40_000))
      await spending.idle()
    }
    const later = await open()
    later.begin('gpt-realtime-2.1-mini')
    expect(later.capped()).toMatchObject({ code: 'spending_day' })
    now += 24 * 3_600_000
    expect(later.capped()).toBeNull()
    expect((await open()).capped()).toBeNull()
  })

  it('counts minutes where the price is not known, and only there', async () => {
    const spending = await open()
    spending.begin('a model nobody knows')
    now += 61 * 60_000
    expect(spending.capped()).toBeNull()
    spending.apply(answer(10))
    expect(spending.capped()).toMatchObject({ code: 'spending_minutes' })
    await spending.idle()
  })

  it('gives nothing back when the clock is set to yesterday', async () => {
    const spending = await open()
    spending.begin('gpt-realtime-2.1-mini')
    spending.apply(answer(100_000))
    expect(spending.capped()).not.toBeNull()
    spending.end()
    const before = spending.capped()
    now -= 24 * 3_600_000
    expect(spending.capped()).toEqual(before)
    await spending.idle()
  })

  it('goes on when its file is damaged', async () => {
    writeFileSync(join(folder, 'spending.json'), '{"day":')
    const spending = await open()
    expect(spending.capped()).toBeNull()
  })
})
