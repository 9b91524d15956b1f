import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tone } from '../realtime-server/index.ts'
import { expect, expectState, test } from './parley.ts'

const KEY = 'sk-marker-0123456789abcdef'

test('every view under the production policy, without one violation', async ({ launch }) => {
  const { page } = await launch()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`violation of ${event.violatedDirective}: ${event.blockedURI}`)
    })
  })
  await page.reload()
  await page.getByRole('button', { name: /OpenAI key/ }).click()
  await page.getByRole('button', { name: /another server/i }).click()
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Practise without an account' }).click()
  await expectState(page, 'Speaking')
  await page.getByRole('button', { name: 'Stop answer' }).click()
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.keyboard.press('Escape')
  expect(complaints).toEqual([])
})

test('a page can do nothing but what it is for', async ({ launch }) => {
  const { page, app } = await launch()
  const tried = await page.evaluate(async () => {
    const outcome = async (job: () => unknown): Promise<string> => {
      try {
        return `allowed: ${String(await job())}`
      } catch (error) {
        return (error as Error).name
      }
    }
    return {
      // In a task of the page's own: what the inspector evaluates itself is let through.
      eval: await new Promise((resolve) => {
        setTimeout(() => {
          void outcome(() => window.eval('1 + 1') as unknown).then(resolve)
        })
      }),
      fetch: await outcome(() => fetch('https://example.org/').then((response) => response.status)),
      camera: await outcome(() => navigator.mediaDevices.getUserMedia({ video: true })),
      both: await outcome(() => navigator.mediaDevices.getUserMedia({ audio: true, video: true })),
      notification: await outcome(() => Notification.requestPermission()),
      open: await outcome(() => window.open('https://example.org/')),
      bridge: Object.keys(window).filter((name) => /electron|require|process|ipc/i.test(name)),
    }
  })
  expect(tried).toEqual({
    eval: 'EvalError',
    fetch: 'TypeError',
    camera: 'NotAllowedError',
    both: 'NotAllowedError',
    notification: 'allowed: denied',
    open: 'allowed: null',
    bridge: [],
  })
  const before = await page.evaluate(() => location.href)
  await page.evaluate(() => {
    location.href = 'https://example.org/'
  })
  await page.waitForTimeout(300)
  expect(await page.evaluate(() => location.href)).toBe(before)
  expect(app.windows()).toHaveLength(2)
})

test('the key is in one request header and nowhere else', async ({ serve, launch }) => {
  const server = await serve({ key: KEY, answer: { pcm: tone(300), text: 'Hello.' } })
  const { page, soundRoom, app, userData, log } = await launch({ server, env: { OPENAI_API_KEY: KEY } })
  await page.getByRole('textbox', { name: 'Message' }).fill('Hello')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('Hello.')

  expect(server.upgrades.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`])
  expect(server.upgrades[0]?.url).not.toContain(KEY)
  expect(JSON.stringify(server.received)).not.toContain(KEY)
  expect(await app.evaluate(() => JSON.stringify(process.env))).not.toContain(KEY)
  for (const window of [page, soundRoom]) {
    expect(await window.content()).not.toContain(KEY)
    expect(await window.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(KEY)
  }
  expect(await page.evaluate(async () => JSON.stringify(await window.parley.request('state.get')))).not.toContain(KEY)
  expect(log()).not.toContain(KEY)
  for (const file of await readdir(userData, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    expect((await readFile(join(file.parentPath, file.name))).includes(KEY), file.name).toBe(false)
  }
})

test('a key that was pasted is checked, stored so that nobody can read it, and found again', async ({ serve, launch }) => {
  const server = await serve({ key: KEY, answer: { pcm: tone(300), text: 'Hello.' } })
  const first = await launch()
  await first.page.getByRole('button', { name: /another server/i }).click()
  await first.page.getByRole('textbox', { name: /address/i }).fill(server.url)
  await first.page.getByLabel(/^key/i).fill(KEY)
  await first.page.getByRole('button', { name: /check/i }).click()
  await first.page.getByRole('button', { name: 'To the conversation' }).click()
  await expectState(first.page, 'Idle')
  const { source } = await first.page.evaluate(async () => {
    const reply = await window.parley.request('state.get')
    return reply.ok ? reply.value.state.key : { source: 'none' }
  })
  test.info().annotations.push({ type: 'key store', description: source })
  await first.app.close()
  for (const file of await readdir(first.userData, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    expect((await readFile(join(file.parentPath, file.name))).includes(KEY), file.name).toBe(false)
  }
  const second = await launch()
  await second.page.getByRole('button', { name: 'Start conversation' }).click()
  // Where the system has no safe place for it, the key lived as long as the first run.
  await expectState(second.page, source === 'stored' ? 'Ready' : 'Failed')
})
