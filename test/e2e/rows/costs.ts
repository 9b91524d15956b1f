import type { RowId } from '../../../renderer/app/settings/rows.ts'
import { expect, expectState } from '../parley.ts'
import type { Bench, Deeds } from './bench.ts'

/** Prices by which one short answer (a token of sound) costs 60 cents. */
export const DEAR_PRICES = JSON.stringify({ date: '2026-11-20', currency: 'USD', models: { 'gpt-realtime': { text: { in: 0, out: 0 }, audio: { in: 0, out: 600_000 } } } })
/** So long Parley was talked with earlier today. */
export const EARLIER_TODAY = (): string => {
  const now = new Date()
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, '0')).join('-')
  return JSON.stringify({ day, usd: 0, minutes: 45 })
}

/** Under this cap nothing new is asked; without it the conversation goes on. Something was spent before. */
async function caps(bench: Bench, id: RowId, cap: string, sentence: string): Promise<void> {
  await bench.choose(id, cap)
  const before = bench.asked
  await bench.write('And now?')
  await expect(bench.page.getByText(sentence)).toBeVisible()
  expect(bench.asked).toBe(before)
  await bench.reset(id)
  await bench.close()
  // What could not be sent is still there to be sent.
  await expect(bench.page.getByRole('textbox', { name: 'Message' })).toHaveValue('And now?')
  await bench.converse('And now?')
}

export const costs: Deeds<'capSessionUsd' | 'capDayUsd' | 'capDayMinutes' | 'idleStopMinutes'> = {
  async capSessionUsd(bench) {
    await bench.start()
    await bench.converse('How much is that?')
    await caps(bench, 'capSessionUsd', '$0.50', 'This conversation has reached its cap of $0.50')
    await bench.end()
  },

  async capDayUsd(bench) {
    await bench.start()
    await caps(bench, 'capDayUsd', '$1.00', 'Today’s cap of $1.00 is reached')
    await bench.end()
  },

  async capDayMinutes(bench) {
    const { options } = bench.server
    bench.server.options = { ...options, session: { model: 'homemade' } }
    await bench.start()
    await bench.converse('Nobody knows what you cost.')
    await caps(bench, 'capDayMinutes', '30 minutes', 'Today’s cap of 30 minutes is reached')
    bench.server.options = options
    await bench.end()
  },

  async idleStopMinutes(bench) {
    /** Main's clock, which only goes forward, goes so much further at once. */
    const later = (minutes: number): Promise<void> =>
      bench.parley.app.evaluate((_electron, ms) => {
        const before = performance.now.bind(performance)
        performance.now = () => before() + ms
      }, minutes * 60_000)
    await (await bench.row('turnMode')).getByRole('radio', { name: 'Open line' }).click()
    await bench.choose('idleStopMinutes', 'after 1 minute')
    await bench.start()
    // Less than the five that Parley comes with. It is looked every 5 s.
    await later(2)
    await expect(bench.page.getByText('Nobody spoke for a while (1 min), so Parley closed the line.')).toBeVisible()
    await expectState(bench.page, 'Idle')
    await bench.reset('idleStopMinutes')
    await bench.reset('turnMode')
  },
}
