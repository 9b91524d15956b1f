import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, existsSync, mkdtempSync, realpathSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { CdpConnection } from './cdp.ts'

export interface Chromium {
  cdp: CdpConnection
  process: ChildProcess
  headless: boolean
  profile: string
  /** Resolves when the browser process has ended, whoever ended it. */
  exited: Promise<void>
  /** Lets Chromium's "DevTools listening on …" out, for which Playwright waits. */
  announce(): void
  /** Ends the browser and removes its profile at once, even if this process is about to die. */
  kill(): void
}

const candidates = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The Chromium to run: PARLEY_CHROMIUM, else the first known name on the PATH. */
export function findChromium(env: NodeJS.ProcessEnv): string {
  const executable = (path: string): boolean => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  }
  const wanted = env['PARLEY_CHROMIUM']
  if (wanted) {
    if (executable(wanted)) return wanted
    throw new Error(`PARLEY_CHROMIUM names ${wanted}, which is not an executable file.`)
  }
  for (const name of candidates) {
    for (const folder of (env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, name)
      if (!executable(path)) continue
      // Debian's wrapper script costs a tenth of a second and prints a shell error; the binary beside it needs neither.
      const inside = '/usr/lib/chromium/chromium'
      return realpathSync(path) === '/usr/bin/chromium' && existsSync(inside) ? inside : path
    }
  }
  throw new Error('The stand-in needs Chromium and finds none: install it (Debian: apt-get install chromium) or set PARLEY_CHROMIUM to its path.')
}

/** Headed where a display can be expected, unless PARLEY_STAND_IN_HEADLESS says otherwise. */
export function isHeadless(env: NodeJS.ProcessEnv): boolean {
  const told = env['PARLEY_STAND_IN_HEADLESS']
  return told === undefined || told === '' ? !env['DISPLAY'] : told !== '0'
}

function flags(env: NodeJS.ProcessEnv, profile: string, headless: boolean, debuggingPort: string | undefined): string[] {
  let sharedMemory = 0
  try {
    const { bsize, bavail } = statfsSync('/dev/shm')
    sharedMemory = bsize * bavail
  } catch {
    sharedMemory = 0
  }
  return [
    ...headless ? ['--headless=new'] : ['--ozone-platform=x11', '--window-position=-20000,-20000'],
    ...process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    // --test-type keeps the yellow bar about --no-sandbox out of the window.
    '--test-type', '--no-startup-window', '--remote-debugging-pipe',
    ...debuggingPort === undefined ? [] : [`--remote-debugging-port=${debuggingPort}`],
    `--user-data-dir=${profile}`,
    ...sharedMemory < 512 * 1024 * 1024 ? ['--disable-dev-shm-usage'] : [],
    '--disable-gpu', '--disable-quic', '--no-first-run', '--no-default-browser-check', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-extensions', '--disable-breakpad', '--metrics-recording-only',
    '--disable-field-trial-config', '--disable-search-engine-choice-screen', '--disable-back-forward-cache',
    '--password-store=basic', '--use-mock-keychain', '--disable-hang-monitor', '--disable-popup-blocking',
    '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
    '--autoplay-policy=no-user-gesture-required', '--disable-session-crashed-bubble', '--hide-crash-restore-bubble',
    // Every window its own renderer process, as in Electron, and no processes for an address bar that is not there.
    '--disable-features=LocalNetworkAccessChecks,ProcessPerSiteUpToMainFrameThreshold,WebUIOmniboxPopup,WebUIOmniboxAimPopup,OmniboxAimPopup,MediaRouter,Translate,'
      + 'OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,PaintHolding,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,'
      + 'DestroyProfileOnBrowserClose,CalculateNativeWinOcclusion,GlobalMediaControls',
    ...(env['PARLEY_CHROMIUM_FLAGS'] ?? '').split(/\s+/).filter(Boolean),
  ]
}

/** Starts Chromium without a window; its log goes to our stderr, where Playwright reads "DevTools listening on". */
export function launchChromium(options: { env: NodeJS.ProcessEnv, debuggingPort: string | undefined, extraFlags: string[] }): Chromium {
  const { env } = options
  const path = findChromium(env)
  const headless = isHeadless(env)
  const profile = mkdtempSync(join(tmpdir(), 'parley-stand-in-'))
  const locale = env['PARLEY_STAND_IN_LOCALE']
  const args = [...flags(env, profile, headless, options.debuggingPort), ...locale ? [`--accept-lang=${locale}`] : [], ...options.extraFlags]
  const child = spawn(path, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...env, NO_AT_BRIDGE: '1', ...locale ? { LANGUAGE: locale } : {} },
    detached: true,
  })
  const announce = passOnLog(child.stderr as Readable, env)
  // A watchdog that outlives us: whatever ends this process, the pipe closes, and Chromium and its profile go.
  const watchdog = spawn('/bin/sh', ['-c',
    // Its processes may still write for a moment, so the folder must stay away to be gone.
    'read -r line; kill -9 -- "-$1" 2>/dev/null; i=0; while [ $i -lt 50 ]; do rm -rf "$2" 2>/dev/null; sleep 0.1; if [ ! -e "$2" ]; then sleep 0.2; [ -e "$2" ] || exit 0; fi; i=$((i+1)); done',
    'stand-in-watchdog', String(child.pid ?? 0), profile], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  watchdog.unref()
  ;(watchdog.stdin as Writable & { unref?(): void }).unref?.()
  watchdog.stdin?.on('error', () => undefined)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => { resolve() })
    child.once('error', () => { resolve() })
  })
  const cdp = new CdpConnection(child.stdio[3] as Writable, child.stdio[4] as Readable, () => undefined)
  return {
    cdp, process: child, headless, profile, exited, announce,
    kill() { watchdog.stdin?.end() },
  }
}

/**
 * Chromium complains about D-Bus, GPUs and GCM on every machine without a desktop; only what helps is passed on.
 * The address for Playwright is held back until the app is ready, so that a test never comes too early.
 */
function passOnLog(stderr: Readable, env: NodeJS.ProcessEnv): () => void {
  let rest = ''
  let held: string | null = ''
  stderr.setEncoding('utf8')
  stderr.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('DevTools listening on') && held !== null) held += line + '\n'
      else if (line.startsWith('DevTools listening on') || env['PARLEY_CHROMIUM_LOG'] || /Unable to open X display|Missing X server|cannot open display|FATAL/.test(line)) {
        process.stderr.write(line + '\n')
      }
    }
  })
  stderr.on('error', () => undefined)
  return () => {
    if (held) process.stderr.write(held)
    held = null
  }
}
