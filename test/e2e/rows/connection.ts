import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, expectState } from '../parley.ts'
import type { RealtimeServer } from '../../realtime-server/index.ts'
import type { Bench, Deeds } from './bench.ts'

/** Whose keys are on the disk. */
async function keysOf({ parley }: Bench): Promise<string[]> {
  const { keys } = JSON.parse(await readFile(join(parley.userData, 'keys.json'), 'utf8')) as { keys: Record<string, unknown> }
  return Object.keys(keys)
}

/** What the newest connection to a server presented. */
const presented = (server: RealtimeServer): string | undefined => server.upgrades.at(-1)?.headers.authorization

/**
 * With a stored key for OpenAI, whose part the bench's server plays. The last row leaves Parley without a key.
 * @param other a compatible server, with a key of its own
 */
export function connection(other: RealtimeServer): Deeds<'endpoint' | 'model' | 'forget'> {
  return {
    async endpoint(bench) {
      const openAiKey = bench.server.options.key ?? ''
      const row = await bench.row('endpoint')
      await expect(row).toContainText('Talks withOpenAI')
      await expect(row).toContainText('stored, probably in GNOME Keyring')
      const change = async (): Promise<void> => {
        await (await bench.row('endpoint')).getByRole('button', { name: 'Change' }).click()
        await expect(bench.sheet).toBeHidden()
      }
      // Another server gets its own key, and never OpenAI's.
      await change()
      await bench.page.getByRole('button', { name: /^With another server/ }).click()
      await bench.page.getByLabel('Address').fill(other.url)
      await bench.page.getByLabel('Key', { exact: true }).fill(other.options.key ?? '')
      await bench.page.getByRole('button', { name: 'Check and use' }).click()
      await bench.page.getByRole('button', { name: 'To the conversation' }).click()
      await bench.start()
      expect(presented(other)).toBe(`Bearer ${other.options.key ?? ''}`)
      expect(JSON.stringify(other.upgrades)).not.toContain(openAiKey)
      await expect(await bench.row('endpoint')).toContainText(`Talks with${new URL(other.url).host}`)
      // Back, with the key that is still there.
      await change()
      await bench.page.getByRole('button', { name: /^With an OpenAI key/ }).click()
      await bench.page.getByRole('button', { name: 'Check and use' }).click()
      await bench.page.getByRole('button', { name: 'To the conversation' }).click()
      await bench.start()
      expect(presented(bench.server)).toBe(`Bearer ${openAiKey}`)
      expect(await keysOf(bench)).toEqual(['wss://api.openai.com', new URL(other.url).origin])
    },

    async model(bench) {
      const { options } = bench.server
      // One that this key may not use stays unused.
      bench.server.options = { ...options, upgrade: { kind: 'status', status: 403 } }
      const row = await bench.row('model')
      const larger = (await row.getByRole('option').allTextContents()).find((label) => label.startsWith('Larger')) ?? ''
      await row.getByRole('combobox').selectOption({ label: larger })
      await expect(row.getByText('This key may not use the model “gpt-realtime-2.1”.')).toBeVisible()
      await expect(row).toContainText('gpt-realtime-2.1-mini.')
      bench.server.options = options
      await row.getByRole('combobox').selectOption({ label: larger })
      await expect(row.getByText('It works.')).toBeVisible()
      await bench.start()
      expect(bench.server.upgrades.at(-1)?.url).toBe('/v1/realtime?model=gpt-realtime-2.1')
    },

    async forget(bench) {
      await bench.start()
      await (await bench.row('forget')).getByRole('button', { name: 'Forget key' }).click()
      await expect(bench.sheet.locator('[data-row="forget"]')).toBeHidden()
      await expect((await bench.row('endpoint')).getByRole('button', { name: 'Change' })).toBeFocused()
      await expect(await bench.row('endpoint')).toContainText('Keynone')
      expect(await keysOf(bench)).toEqual([new URL(other.url).origin])
      await bench.close()
      await expectState(bench.page, 'Idle')
      const before = bench.server.upgrades.length
      await bench.page.getByRole('button', { name: 'Start conversation' }).click()
      await expect(bench.page.getByText('There is no key for the server yet.')).toBeVisible()
      expect(bench.server.upgrades).toHaveLength(before)
      await bench.page.getByRole('button', { name: 'Change key' }).click()
      await expect(bench.page.getByRole('heading', { name: 'Before the first word' })).toBeVisible()
    },
  }
}
