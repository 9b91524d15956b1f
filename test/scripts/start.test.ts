import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { which } from '../../scripts/lib/run.mjs'
import { FixtureRepository } from './fixture.ts'

let repository: FixtureRepository
afterEach(() => repository.dispose())

const NO_ELECTRON = (): string => JSON.stringify({ at: Date.now(), version: (JSON.parse(readFileSync(join(repository.path, 'node_modules/electron/package.json'), 'utf8')) as { version: string }).version, reachable: false, reason: 'no answer within 10 s' })

/** An engine that says where it runs and then stays, or ends with a code. */
const ENGINE = `#!/bin/sh
echo "APP pid=$$ display=$DISPLAY args=$*"
[ "$1" = . ] || exit 9
for argument in "$@"; do case $argument in --end=*) exit "\${argument#--end=}" ;; esac; done
while :; do read -r line < "$0.never" || exit 8; done
`

function env(bin: string): NodeJS.ProcessEnv {
  return { PATH: bin, HOME: repository.path, TMPDIR: '/tmp', LANG: 'C.UTF-8' }
}

/** Runs one of the two commands to its end. */
function end(script: string, environment: NodeJS.ProcessEnv, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(repository.path, 'scripts', script), ...args], {
    cwd: repository.path,
    env: environment,
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { status, output: stdout + stderr }
}

describe('a failure names its remedy', () => {
  test.each(['start.mjs', 'test.mjs'])('%s without npm', (script) => {
    repository = new FixtureRepository({ installed: false })
    const { status, output } = end(script, env(repository.bin({})))
    expect(output).toMatch(/npm is not on the PATH\. Install Node 24 with npm/)
    expect(output).not.toContain('    at ')
    expect(status).toBe(1)
  })

  test.each(['start.mjs', 'test.mjs'])('%s without the registry: npm\'s last words, then what to do', (script) => {
    repository = new FixtureRepository({ installed: false })
    const npm = '#!/bin/sh\necho "npm error code ENOTFOUND" >&2\necho "npm error network request failed" >&2\nexit 1\n'
    const { status, output } = end(script, env(repository.bin({ npm })))
    expect(output).toMatch(/^install +nothing is installed yet: npm ci/m)
    expect(output).toMatch(/ENOTFOUND[\s\S]*The npm registry cannot be reached\./)
    expect(status).toBe(1)
  })

  test('start without a Chromium and without apt names the package', () => {
    repository = new FixtureRepository({ installed: true })
    repository.write('.cache/electron-probe.json', NO_ELECTRON())
    repository.write('test/stand-in/electron', ENGINE, 0o755)
    const { status, output } = end('start.mjs', env(repository.bin({})))
    expect(output).toMatch(/^install +nothing is missing$/m)
    expect(output).toMatch(/^build +done in/m)
    expect(output).toMatch(/^electron +not available \(no answer within 10 s; asked .*"npm start -- --electron" asks again\): .*no tray icon and no system key store$/m)
    expect(output).toMatch(/Missing: chromium \(the stand-in needs a Chromium\)/)
    expect(status).toBe(1)
  })

  test.each(['start.mjs', 'test.mjs'])('%s on a Node that is too old', (script) => {
    repository = new FixtureRepository({ installed: false })
    const pretend = 'data:text/javascript,Object.defineProperty(process,"version",{value:"v18.19.0"})'
    const { status, stderr } = spawnSync(process.execPath, ['--import', pretend, join(repository.path, 'scripts', script)], { encoding: 'utf8', env: env(repository.bin({})) })
    expect(stderr.trim()).toBe('Parley needs Node 20 or newer; this is v18.19.0. Install Node 24 (https://nodejs.org) and run the command again.')
    expect(status).toBe(1)
  })

  test('start with a source that does not build', () => {
    repository = new FixtureRepository({ installed: true })
    repository.write('main/index.ts', `import './gone.ts'\n`)
    const { status, output } = end('start.mjs', env(repository.bin({})))
    expect(output).toMatch(/gone\.ts[\s\S]*The build failed; what it said is above/)
    expect(status).toBe(1)
  })

  test('test without Debian\'s packages and without apt names them all', () => {
    repository = new FixtureRepository({ installed: true })
    const { status, output } = end('test.mjs', env(repository.bin({})))
    expect(output).toMatch(/Missing: chromium xvfb pulseaudio pulseaudio-utils sox espeak-ng/)
    expect(status).toBe(1)
  })

  test('test with an unknown step', () => {
    repository = new FixtureRepository({ installed: true })
    expect(end('test.mjs', env(repository.bin({})), '--only', 'nothing').output).toContain('--only takes one of: types, lint, build, unit, e2e.')
  })
})

describe('the app on the stand-in', () => {
  function prepared(): NodeJS.ProcessEnv {
    repository = new FixtureRepository({ installed: true })
    repository.write('.cache/electron-probe.json', NO_ELECTRON())
    repository.write('test/stand-in/electron', ENGINE, 0o755)
    spawnSync('mkfifo', [join(repository.path, 'test/stand-in/electron.never')])
    const bin = repository.bin({ chromium: '#!/bin/sh\n' })
    const xvfb = which('Xvfb')
    if (xvfb === undefined) throw new Error('Xvfb is needed for this test: apt-get install xvfb')
    for (const [name, path] of [['Xvfb', xvfb], ['sh', '/bin/sh']] as const) symlinkSync(path, join(bin, name))
    return env(bin)
  }

  test('its arguments arrive, its exit code is the command\'s', () => {
    const { status, output } = end('start.mjs', prepared(), '--stand-in', '--', '--end=7', '--more')
    expect(output).toMatch(/^electron +not available \(the stand-in was asked for\)/m)
    expect(output).toMatch(/args=\. --end=7 --more$/m)
    expect(output).toMatch(/^end +Parley has ended with code 7$/m)
    expect(status).toBe(7)
  })

  /** Processes that a process has started, and theirs. */
  function descendants(pid: number): number[] {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
    return children.flatMap((child) => [child, ...descendants(child)])
  }

  /** Whether a process is there and not merely waiting to be taken note of. */
  function runs(pid: number): boolean {
    if (!existsSync(`/proc/${pid}/stat`)) return false
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  }

  test.each([
    ['SIGINT', 130, false],
    ['SIGTERM', 143, false],
    // Its terminal is gone: what it prints arrives nowhere.
    ['SIGHUP', 129, true],
  ] as const)('it runs on a virtual display until %s, and nothing is left behind', async (signal, code, closed) => {
    const environment = prepared()
    const child = spawn(process.execPath, [join(repository.path, 'scripts/start.mjs')], { cwd: repository.path, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    try {
      let output = ''
      await new Promise<void>((resolve, reject) => {
        const take = (chunk: Buffer): void => {
          output += chunk.toString('utf8')
          if (/^APP pid=\d+ display=:\d+ args=\.$/m.test(output)) resolve()
        }
        child.stdout.on('data', take)
        child.stderr.on('data', take)
        child.once('exit', () => reject(new Error(`ended early: ${output}`)))
      })
      expect(output).toMatch(/^display +none here: the app opens on a virtual one, :\d+$/m)
      expect(output).toMatch(/^open +Parley on the Chromium stand-in \(Ctrl\+C ends it\)$/m)
      const all = descendants(child.pid ?? 0)
      const programs = all.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' '))
      expect(programs).toEqual(expect.arrayContaining([expect.stringContaining('Xvfb'), expect.stringContaining('stand-in/electron')]))
      if (closed) {
        child.stdout.destroy()
        child.stderr.destroy()
      }
      child.kill(signal)
      expect(await ended).toBe(code)
      // A killed grandchild is gone when the system's first process has taken note of it.
      await expect.poll(() => all.filter(runs)).toEqual([])
    } finally {
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
    }
  })
})
