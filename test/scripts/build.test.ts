import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FixtureRepository, root } from './fixture.ts'

/** Runs the build script of a repository; what it printed. */
function build(path: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(path, 'scripts/build.mjs'), ...args], { cwd: path, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const read = (...parts: string[]): string => readFileSync(join(...parts), 'utf8')

/** Everything that a CommonJS file requires. */
const requires = (text: string): string[] => [...new Set([...text.matchAll(/\brequire\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map((match) => match[1] ?? ''))]

function expectSandboxedPreloads(out: string): void {
  const files = readdirSync(join(out, 'preload')).filter((name) => name.endsWith('.cjs'))
  expect(files).toEqual(expect.arrayContaining(['app.cjs', 'sound.cjs']))
  expect(readdirSync(join(out, 'preload'))).toEqual(files)
  for (const file of files) {
    const text = read(out, 'preload', file)
    expect(requires(text), file).toEqual(['electron'])
    // A require by any other expression, or module syntax, cannot run in the sandbox.
    expect(text.match(/\brequire\(/g)?.length, file).toBe(text.match(/\brequire\(["'`]electron["'`]\)/g)?.length)
    expect(text, file).not.toMatch(/^\s*(import|export)\s/m)
    expect(text, file).not.toContain('process.env')
  }
}

function expectOneMain(out: string): void {
  expect(readdirSync(join(out, 'main')).filter((name) => /\.c?js$/.test(name))).toEqual(['history-worker.cjs', 'index.cjs'])
  const node = [...builtinModules, ...builtinModules.map((name) => `node:${name}`), 'node:sqlite']
  const known = new Set(['electron', 'electron/main', ...node])
  expect(requires(read(out, 'main/index.cjs')).filter((name) => !known.has(name))).toEqual([])
  // The worker runs in a thread of its own, where there is no Electron.
  expect(requires(read(out, 'main/history-worker.cjs')).filter((name) => !node.includes(name))).toEqual([])
}

function expectPagesOfFiles(out: string): void {
  for (const page of ['index.html', 'overlay.html', 'sound.html']) {
    const html = read(out, 'renderer', page)
    for (const [tag] of html.matchAll(/<script[^>]*>/g)) expect(tag, page).toMatch(/\ssrc="\/assets\//)
    expect(html, page).toContain('<script')
    expect(html, page).not.toMatch(/<style|\sstyle="|\son[a-z]+="/)
  }
  const assets = readdirSync(join(out, 'renderer/assets'))
  expect(assets.filter((name) => name.endsWith('.map') || name.endsWith('.ts'))).toEqual([])
  const worklets = assets.filter((name) => read(out, 'renderer/assets', name).includes('registerProcessor'))
  expect(worklets.length).toBeGreaterThan(0)
  for (const name of worklets) {
    expect(name).toMatch(/\.js$/)
    // One file each: a worklet that imports would need a second fetch, and types would not even parse.
    expect(read(out, 'renderer/assets', name), name).not.toMatch(/\bimport\s*[({"'`]|\bimport\s.+from\b/)
  }
  for (const name of assets.filter((one) => one.endsWith('.css'))) expect(read(out, 'renderer/assets', name), name).not.toContain('url(data:font')
}

describe('the build of a small app', () => {
  let repository: FixtureRepository
  beforeAll(() => {
    repository = new FixtureRepository({ installed: true })
    const { status, output } = build(repository.path)
    expect(output).toMatch(/main in .*\n.*preload in .*\n.*renderer in /)
    expect(status).toBe(0)
  })
  afterAll(() => repository.dispose())

  test('each preload is one sandboxed file that requires electron only', () => expectSandboxedPreloads(join(repository.path, 'out')))
  test('main is one file, and the history worker another, that require electron and Node only', () => {
    expectOneMain(join(repository.path, 'out'))
    expect(read(repository.path, 'out/main/practice-clips/hello.txt')).toBe('hello\n')
  })
  test('pages, worklets and fonts are real files', () => {
    expectPagesOfFiles(join(repository.path, 'out'))
    expect(readdirSync(join(repository.path, 'out/renderer/assets')).some((name) => name.endsWith('.woff2'))).toBe(true)
  })

  test('what is fresh is left alone, what is stale is built, a failure leaves the last good build', () => {
    expect(build(repository.path).output).toContain('nothing is stale')
    repository.write('preload/sound.ts', `import { ipcRenderer } from 'electron'\nipcRenderer.send('changed')\n`)
    const second = build(repository.path)
    expect(second.output).toMatch(/preload in/)
    expect(second.output).not.toMatch(/main in|renderer in/)
    expect(read(repository.path, 'out/preload/sound.cjs')).toContain('changed')

    repository.write('main/index.ts', `import './gone.ts'\n`)
    const broken = build(repository.path)
    expect(broken.status).toBe(1)
    expect(broken.output).toMatch(/main failed:[\s\S]*gone\.ts/)
    expect(read(repository.path, 'out/main/index.cjs')).toContain('practice-clips')
    expect(readdirSync(join(repository.path, 'out')).sort()).toEqual(['.preload.stamp', '.renderer.stamp', 'main', 'preload', 'renderer', 'third-party-licences.txt'])
    expect(read(repository.path, 'out/third-party-licences.txt')).toMatch(/^react-dom \d/m)
  })
})

describe('the build of Parley', () => {
  const out = join(root, 'out')
  beforeAll(() => {
    const { status, output } = build(root)
    expect(output, output).toMatch(/nothing is stale|in \d/)
    expect(status, output).toBe(0)
  }, 60_000)

  test('each preload is one sandboxed file that requires electron only', () => expectSandboxedPreloads(out))
  test('main is one file, and the history worker another, that require electron and Node only', () => expectOneMain(out))
  test('pages, worklets and fonts are real files', () => expectPagesOfFiles(out))
  test('the practice partner\'s clips are beside main', () => {
    expect(existsSync(join(out, 'main/practice-clips'))).toBe(true)
    expect(readdirSync(join(out, 'main/practice-clips'))).toEqual(readdirSync(join(root, 'main/practice/clips')))
  })
})
