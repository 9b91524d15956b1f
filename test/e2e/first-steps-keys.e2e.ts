import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { RealtimeServer, Upgrade } from '../realtime-server/index.ts'
import { startAway } from './away/away.ts'
import { expect, expectState, test } from './parley.ts'
import { outside } from './world.ts'

const KEY = 'sk-marker-0123456789abcdef'
/** Says nothing that could be heard. */
const QUIET = { pcm: new Int16Array(480), text: 'Certainly.' }

const refusal = (status: number, code: string): Upgrade => ({ kind: 'status', status, body: JSON.stringify({ error: { message: code, type: 'invalid_request_error', code, param: null } }) })

/** Goes on with Tab until something of this name has the focus. */
async function tabTo(page: Page, name: RegExp | string): Promise<void> {
  const wanted = page.getByRole('button', { name, exact: true }).or(page.getByLabel(name, { exact: true })).first()
  for (let i = 0; i < 40; i++) {
    if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never comes to ${String(name)}`)
}

test('a key for OpenAI, with the keyboard alone: each refusal in words, then it works', async ({ serve, launch }) => {
  const server = await serve({ key: KEY, answer: QUIET })
  const away = await startAway(server)
  try {
    const parley = await launch({ env: away.env })
    const { page, userData } = parley
    await away.lead(parley)
    await expect(page.getByRole('heading', { name: 'Before the first word' })).toBeVisible()
    await tabTo(page, /^With an OpenAI key/)
    await page.keyboard.press('Enter')
    const enter = async (key: string): Promise<void> => {
      await tabTo(page, 'Key')
      await page.keyboard.type(key)
      await page.keyboard.press('Enter')
    }
    await enter('sk-wrong')
    await expect(page.getByText('The server (api.openai.com) did not accept the key.')).toBeVisible()
    const refused: [Upgrade, string][] = [
      [refusal(429, 'insufficient_quota'), 'The account behind this key has no credit left.'],
      [refusal(403, 'forbidden'), 'This key may not use the model “gpt-realtime-2.1-mini”.'],
      [refusal(403, 'account_deactivated'), 'The account behind this key has been deactivated.'],
      [refusal(429, 'rate_limit_exceeded'), 'The server (api.openai.com) takes no more requests from this key for now.'],
      [refusal(503, ''), 'The server (api.openai.com) is not available at the moment (503).'],
    ]
    for (const [upgrade, sentence] of refused) {
      server.options = { ...server.options, upgrade }
      await enter(KEY)
      await expect(page.getByText(sentence)).toBeVisible()
      // The field is where it was, and empty.
      await expect(page.getByLabel('Key', { exact: true })).toHaveValue('')
      await expect(page.getByLabel('Key', { exact: true })).toBeFocused()
    }
    server.options = { key: KEY, answer: QUIET }
    away.open = false
    await enter(KEY)
    await expect(page.getByText("Your system's proxy refused the connection")).toBeVisible()
    away.open = true
    expect(existsSync(join(userData, 'keys.json'))).toBe(false)

    await enter(KEY)
    await expect(page.getByRole('button', { name: 'Does Parley hear you?' })).toBeFocused()
    expect(new Set(away.asked)).toEqual(new Set(['api.openai.com:443']))
    for (const next of ['Do you hear Parley?', 'Which key talks?']) {
      await tabTo(page, /^(Skip|Next)$/)
      await page.keyboard.press('Enter')
      await expect(page.getByRole('button', { name: next })).toBeFocused()
    }
    await tabTo(page, 'To the conversation')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: 'Talk', exact: true })).toBeFocused()
    await tabTo(page, 'Start conversation')
    await page.keyboard.press('Enter')
    await expectState(page, 'Ready', 15_000)
    expect(server.upgrades.at(-1)).toMatchObject({ url: '/v1/realtime?model=gpt-realtime-2.1-mini', headers: { authorization: `Bearer ${KEY}`, host: 'api.openai.com' } })
    expect(await readFile(join(userData, 'keys.json'), 'utf8')).not.toContain(KEY)
    expect(parley.log()).not.toContain(KEY)
  } finally {
    await away.stop()
  }
})

test('a key of the environment is used for this run, shown, and stored nowhere', async ({ serve, launch }) => {
  const server = await serve({ key: KEY, answer: QUIET })
  const away = await startAway(server)
  try {
    const parley = await launch({ env: { ...away.env, OPENAI_API_KEY: KEY } })
    const { page, userData } = parley
    await away.lead(parley)
    // No first steps; and the conversation is with OpenAI.
    await page.getByRole('button', { name: 'Start conversation' }).click()
    await expectState(page, 'Ready', 15_000)
    expect(server.upgrades.at(-1)).toMatchObject({ headers: { authorization: `Bearer ${KEY}`, host: 'api.openai.com' } })
    await page.getByRole('button', { name: 'Settings' }).click()
    const sheet = page.getByRole('dialog', { name: 'Settings' })
    await expect(sheet.locator('[data-row="endpoint"]')).toContainText('from the environment, for this run')
    // What is not Parley's is not Parley's to forget or to change.
    await expect(sheet.locator('[data-row="forget"], [data-row="model"]')).toHaveCount(0)
    expect(existsSync(join(userData, 'keys.json'))).toBe(false)
  } finally {
    await away.stop()
  }
})

test('Azure and a compatible server, in German; nothing is lost by skipping', async ({ serve, launch }) => {
  const server = await serve({ key: KEY, answer: QUIET, azure: true })
  const away = await startAway(server)
  try {
    const german = { LANG: 'de_DE.UTF-8', LANGUAGE: 'de' }
    const first = await launch({ env: { ...away.env, ...german } })
    // Skipped from the first entry to the last: there is nobody to talk with yet, and the next start says so again.
    for (const next of ['Hört Parley dich?', 'Hörst du Parley?', 'Welche Taste spricht?']) {
      await first.page.getByRole('button', { name: 'Überspringen' }).click()
      await expect(first.page.getByRole('button', { name: next })).toBeFocused()
    }
    await expect(first.page.getByRole('button', { name: 'Zum Gespräch' })).toHaveCount(0)
    await first.app.close()

    const parley = await launch({ env: { ...away.env, ...german } })
    const { page } = parley
    await away.lead(parley)
    await page.getByRole('button', { name: /^Mit einem anderen Server/ }).click()
    const check = page.getByRole('button', { name: 'Prüfen und verwenden' })
    const address = page.getByLabel('Adresse')
    const key = page.getByLabel('Schlüssel', { exact: true })

    await address.fill('ws://127.0.0.1:9/v1/realtime')
    await check.click()
    await expect(page.getByText('Parley erreicht den Server (127.0.0.1:9) nicht.')).toBeVisible()
    await address.fill('http://127.0.0.1/')
    await check.click()
    await expect(page.getByText('Diese Adresse kann Parley nicht verwenden.')).toBeVisible()

    await page.getByRole('radio', { name: 'Azure OpenAI' }).check()
    await address.fill('https://parley.openai.azure.com/some/page')
    await page.getByLabel('Bereitstellung').fill('voice')
    await key.fill('wrong')
    await check.click()
    await expect(page.getByText('nimmt den Schlüssel nicht an')).toBeVisible()
    await key.fill(KEY)
    await check.click()
    await expect(page.getByRole('button', { name: 'Hört Parley dich?' })).toBeFocused()
    await page.getByRole('button', { name: 'Zum Gespräch' }).click()
    await page.getByRole('button', { name: 'Gespräch starten' }).click()
    await expect(page.getByRole('status', { name: 'Zustand' })).toContainText('Bereit')
    const upgrade = server.upgrades.at(-1)
    expect(upgrade).toMatchObject({ url: '/openai/v1/realtime?model=voice', headers: { 'api-key': KEY, host: 'parley.openai.azure.com' } })
    expect(upgrade?.headers.authorization).toBeUndefined()
  } finally {
    await away.stop()
  }
})

/** Enters a key for a compatible server. */
async function enterKey(page: Page, server: RealtimeServer): Promise<void> {
  await page.getByRole('button', { name: /^With another server/ }).click()
  await page.getByLabel('Address').fill(server.url)
  await page.getByLabel('Key', { exact: true }).fill(KEY)
  await page.getByRole('button', { name: 'Check and use' }).click()
  await expect(page.getByRole('button', { name: 'Does Parley hear you?' })).toBeFocused()
}

test('where the system only obfuscates a key it lasts for this run, unless the person says otherwise', async ({ serve, launch }) => {
  const server = await serve({ key: KEY, answer: QUIET })
  const begin = async () => {
    const parley = await launch()
    await outside(parley, (world) => {
      world.safeStorage.backend = 'basic_text'
    })
    return parley
  }
  const start = (page: Page): Promise<void> => page.getByRole('button', { name: 'Start conversation' }).click()

  // Asked, and left at that: this run only.
  const first = await begin()
  await enterKey(first.page, server)
  await expect(first.page.getByText('This system has no safe key store, so Parley keeps the key until you quit.')).toBeVisible()
  await first.page.getByRole('button', { name: 'To the conversation' }).click()
  await start(first.page)
  await expectState(first.page, 'Ready', 15_000)
  expect(existsSync(join(first.userData, 'keys.json'))).toBe(false)
  await first.app.close()

  const second = await begin()
  await start(second.page)
  await expect(second.page.getByText(/There is no key|did not accept the key/)).toBeVisible()
  await second.page.getByRole('button', { name: 'Change key' }).click()
  await enterKey(second.page, server)
  const keep = second.page.getByRole('button', { name: 'Keep it anyway' })
  await keep.focus()
  await second.page.keyboard.press('Enter')
  await expect(second.page.getByText('The key is kept on this computer now, without protection.')).toBeFocused()
  await second.page.keyboard.press('Tab')
  await expect(second.page.locator(':focus')).toHaveCount(1)
  expect(await readFile(join(second.userData, 'keys.json'), 'utf8')).not.toContain(KEY)
  await second.app.close()

  const third = await begin()
  await third.page.getByRole('button', { name: 'Settings' }).click()
  await expect(third.page.locator('[data-row="endpoint"]')).toContainText('stored without protection; your other programs can read it')
  await expect(third.page.getByRole('button', { name: 'Keep it anyway' })).toHaveCount(0)
  await third.page.keyboard.press('Escape')
  await start(third.page)
  await expectState(third.page, 'Ready', 15_000)
})
