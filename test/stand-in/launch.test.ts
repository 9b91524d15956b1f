import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from '@playwright/test'
import { afterAll, expect, test } from 'vitest'
import { environment, fixtureApp, launcher, root, standInFolder } from './harness.ts'

process.env['ELECTRON_OVERRIDE_DIST_PATH'] = standInFolder
const folder = mkdtempSync(join(tmpdir(), 'stand-in-launch-'))
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const profiles = (): string[] => readdirSync(folder).filter((name) => name.startsWith('parley-stand-in-'))
/** Chromium processes that use a profile of ours. */
const chromiums = (): number => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--user-data-dir=${folder}/parley-stand-in-`)
  } catch {
    return false
  }
}).length
const env = (extra: Record<string, string> = {}): Record<string, string> => environment({ TMPDIR: folder, ...extra })
const userData = (): string => `--user-data-dir=${mkdtempSync(join(folder, 'data-'))}`

async function drive(executablePath?: string): Promise<void> {
  const app = await _electron.launch({ args: [fixtureApp, userData()], env: env({ FIXTURE_WINDOW: '1' }), ...executablePath === undefined ? {} : { executablePath } })
  const node = app.process()
  try {
    expect(await app.evaluate(({ app: main }) => [main.getName(), main.getVersion(), main.isReady(), main.isPackaged, main.getAppPath(), process.argv.includes('--inspect=0') || process.argv.length]))
      .toEqual(['Fixture', '1.2.3', true, false, fixtureApp, executablePath === undefined ? 3 : true])
    const page = await app.firstWindow()
    const pressed = async (): Promise<string | null> => {
      // A press before the page's script has run goes nowhere.
      await page.click('#press')
      return page.textContent('#out')
    }
    await expect.poll(pressed).toBe('hello page')
    const window = await app.browserWindow(page)
    expect(await window.evaluate((item: Electron.BrowserWindow) => item.webContents.getURL())).toBe('app://parley/index.html')
    expect(chromiums()).toBeGreaterThan(0)
  } finally {
    await app.close()
  }
  expect(node.exitCode).toBe(0)
}

test('Playwright launches it without an executable path, drives it and leaves nothing behind', async () => {
  const began = performance.now()
  await drive()
  console.log(`launched, driven and closed in ${Math.round(performance.now() - began)} ms`)
  await expect.poll(chromiums).toBe(0)
  expect(profiles()).toEqual([])
})

test('Playwright launches it with an executable path', async () => {
  await drive(launcher)
  await expect.poll(chromiums).toBe(0)
})

/** Runs the official command; resolves when it has ended. */
function electron(args: string[], extra: Record<string, string> = {}): { child: ChildProcess, ended: Promise<{ code: number | null, output: string }>, output(): string } {
  const child = spawn(process.execPath, [join(root, 'node_modules/electron/cli.js'), ...args], { env: env(extra), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const ended = new Promise<{ code: number | null, output: string }>((resolve) => { child.once('close', (code) => { resolve({ code, output }) }) })
  return { child, ended, output: () => output }
}

test('the official electron command runs an app, which quits by itself', async () => {
  const { code, output } = await electron([fixtureApp, userData()], { FIXTURE_WINDOW: 'quit' }).ended
  expect(output).toContain('window loaded')
  expect(code).toBe(0)
  expect(chromiums()).toBe(0)
  expect(profiles()).toEqual([])
})

test('SIGTERM ends it in order, SIGKILL at once; Chromium and its profile go either way', async () => {
  const polite = electron([fixtureApp, userData()], { FIXTURE_WINDOW: '1' })
  await expect.poll(polite.output).toContain('window loaded')
  polite.child.kill('SIGTERM')
  await polite.ended
  await expect.poll(chromiums).toBe(0)
  expect(profiles()).toEqual([])

  const killed = spawn(launcher, [fixtureApp, userData()], { env: env({ FIXTURE_WINDOW: '1' }), stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise<void>((resolve) => { killed.stdout.once('data', () => { resolve() }) })
  expect(chromiums()).toBeGreaterThan(0)
  killed.kill('SIGKILL')
  await expect.poll(chromiums).toBe(0)
  await expect.poll(profiles).toEqual([])
})

test('a test runner that is killed leaves nothing behind', async () => {
  const script = `import { _electron } from '@playwright/test'; await _electron.launch({ args: ${JSON.stringify([fixtureApp, userData()])} }); console.log('up')`
  const runner = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root, env: env(), stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve) => { runner.stdout.once('data', () => { resolve() }) })
  expect(chromiums()).toBeGreaterThan(0)
  runner.kill('SIGKILL')
  await expect.poll(chromiums).toBe(0)
  await expect.poll(profiles).toEqual([])
})

test('what is missing is named in one line', () => {
  const run = (args: string[], extra: Record<string, string>): [number | null, string] => {
    const { status, stderr } = spawnSync(launcher, args, { env: env(extra), encoding: 'utf8' })
    return [status, stderr]
  }
  expect(run([fixtureApp, userData()], { PARLEY_CHROMIUM: '/nowhere/chromium' })).toEqual([1, 'PARLEY_CHROMIUM names /nowhere/chromium, which is not an executable file.\n'])
  const withoutChromium = join(root, 'node_modules', '.bin-that-does-not-exist')
  const [status, text] = run([fixtureApp, userData()], { PATH: `${withoutChromium}:/bin-without-chromium:${shellTools()}`, PARLEY_CHROMIUM: '' })
  expect([status, text]).toEqual([1, 'The stand-in needs Chromium and finds none: install it (Debian: apt-get install chromium) or set PARLEY_CHROMIUM to its path.\n'])
  expect(run(['/nowhere/app'], {})).toEqual([1, expect.stringMatching(/^Cannot find the app at \/nowhere\/app: ENOENT.*\n$/)])
})

/** A folder with just what the launcher's shell script calls. */
function shellTools(): string {
  const tools = mkdtempSync(join(folder, 'bin-'))
  for (const name of ['readlink', 'dirname', 'uname', 'sh']) {
    const found = ['/usr/bin', '/bin'].map((place) => join(place, name)).find(existsSync)
    if (found !== undefined) spawnSync('/bin/ln', ['-s', found, join(tools, name)])
  }
  return tools
}

test('a second instance hands its arguments to the first and ends', async () => {
  const data = userData()
  const app = await _electron.launch({ args: [fixtureApp, data], env: env() })
  const got = app.evaluate(async ({ app: main }) => {
    const locked = main.requestSingleInstanceLock({ first: true })
    return new Promise((resolve) => { main.once('second-instance', (_event, argv, cwd, additionalData) => { resolve([locked, argv.includes('--extra'), cwd.length > 0, additionalData]) }) })
  })
  const second = await _electron.launch({ args: [fixtureApp, data, '--extra'], env: env() })
  expect(await second.evaluate(({ app: main }) => main.requestSingleInstanceLock({ second: [1] }))).toBe(false)
  expect(await got).toEqual([true, true, true, { second: [1] }])
  await second.close()
  await app.close()
})

test('quitting goes in Electron’s order, and can be stopped at each step', async () => {
  const app = await _electron.launch({ args: [fixtureApp, userData()], env: env({ FIXTURE_WINDOW: '1' }) })
  const node = app.process()
  let output = ''
  node.stdout?.on('data', (chunk: Buffer) => { output += chunk.toString() })
  await app.firstWindow()
  await app.evaluate(async ({ app: main, BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows()
    const stop = { 'before-quit': true, 'close': true, 'will-quit': true } as Record<string, boolean>
    const on = (name: string, event: { preventDefault(): void }): void => {
      console.log(`event ${name}${stop[name] ? ' stopped' : ''}`)
      if (stop[name]) event.preventDefault()
      stop[name] = false
    }
    main.on('before-quit', (event) => { on('before-quit', event) })
    window?.on('close', (event) => { on('close', event) })
    window?.on('closed', () => { console.log('event closed') })
    main.on('window-all-closed', () => { console.log('event window-all-closed') })
    main.on('will-quit', (event) => { on('will-quit', event) })
    main.on('quit', (_event, code) => { console.log(`event quit ${code}`) })
    for (let i = 0; i < 4; i++) {
      main.quit()
      await new Promise((done) => { setTimeout(done, 300) })
    }
  }).catch(() => undefined)
  await app.close().catch(() => undefined)
  expect(output.split('\n').filter((line) => line.startsWith('event '))).toEqual([
    'event before-quit stopped', 'event before-quit', 'event close stopped', 'event before-quit', 'event close', 'event closed', 'event will-quit stopped',
    'event before-quit', 'event will-quit', 'event quit 0',
  ])
})
