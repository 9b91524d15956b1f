import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { AppDesktop } from './app-desktop.ts'
import { makeEvent } from './strict.ts'

export interface AppHooks {
  /** The windows that are open now. */
  windows(): { close(): void, destroy(): void }[]
  /** Ends Chromium and this process. */
  shutDown(exitCode: number): void
}

/** Sends what comes in to the socket of the first instance, and ends once that has closed it. */
const TELL = "process.stdin.pipe(require('node:net').connect(process.argv[1]).on('error', () => process.exit(1)).resume())"

interface PackageJson { name?: string, productName?: string, version?: string, main?: string }

type PathName = Parameters<Electron.App['getPath']>[0]

export class App extends AppDesktop {
  readonly commandLine
  readonly isPackaged = false
  applicationMenu: unknown = null
  name: string
  #version: string
  #appPath: string
  #paths = new Map<string, string>()
  #ready = false
  #quitting = false
  #exiting = false
  #exitCode = 0
  #over = false
  #hooks: AppHooks | null = null
  #sandbox = false
  #lock: Server | null = null
  #resolveReady: () => void = () => undefined
  #whenReady = new Promise<void>((done) => { this.#resolveReady = done })
  #beforeReadyOnly = (name: string): void => { if (this.#ready) throw new Error(`${name} must be called before the app is ready`) }

  constructor(options: { appPath: string, package: PackageJson, switches: Map<string, string>, executable: string }) {
    super()
    this.#appPath = options.appPath
    this.name = options.package.productName ?? options.package.name ?? 'Electron'
    this.#version = options.package.version ?? '0.0.0'
    const { switches } = options
    this.commandLine = {
      appendSwitch: (name: string, value = ''): void => { switches.set(name.toLowerCase(), value) },
      appendArgument: (): void => undefined,
      hasSwitch: (name: string): boolean => switches.has(name.toLowerCase()),
      getSwitchValue: (name: string): string => switches.get(name.toLowerCase()) ?? '',
      removeSwitch: (name: string): void => { switches.delete(name.toLowerCase()) },
    }
    const home = homedir()
    const config = process.env['XDG_CONFIG_HOME'] ?? join(home, '.config')
    const userDir = (key: string, name: string): string => xdgUserDir(config, home, key) ?? join(home, name)
    const paths: Record<string, string> = {
      home, appData: config, temp: tmpdir(), exe: options.executable, module: options.executable,
      desktop: userDir('DESKTOP', 'Desktop'), documents: userDir('DOCUMENTS', 'Documents'), downloads: userDir('DOWNLOAD', 'Downloads'),
      music: userDir('MUSIC', 'Music'), pictures: userDir('PICTURES', 'Pictures'), videos: userDir('VIDEOS', 'Videos'),
    }
    for (const [name, path] of Object.entries(paths)) this.#paths.set(name, path)
    const given = switches.get('user-data-dir')
    if (given) this.#paths.set('userData', resolve(given))
  }

  setHooks(hooks: AppHooks): void { this.#hooks = hooks }

  /** Whether `enableSandbox` was called. */
  get sandboxed(): boolean { return this.#sandbox }

  /** Tells the app that it may begin; Electron's order: the event, then `whenReady`. */
  becomeReady(): void {
    this.#ready = true
    this.#resolveReady()
    this.emit('ready', makeEvent({}), {})
  }

  whenReady(): Promise<void> { return this.#whenReady }
  isReady(): boolean { return this.#ready }
  getName(): string { return this.name }
  setName(name: string): void { this.name = name }
  getVersion(): string { return this.#version }
  getAppPath(): string { return this.#appPath }
  getLocale(): string { return process.env['PARLEY_STAND_IN_LOCALE'] ?? (this.commandLine.getSwitchValue('lang') || systemLocale()) }
  getSystemLocale(): string { return systemLocale() }
  getLocaleCountryCode(): string { return systemLocale().split('-')[1] ?? '' }
  getPreferredSystemLanguages(): string[] { return [process.env['PARLEY_STAND_IN_LOCALE'] ?? systemLocale()] }
  setDesktopName(): void { this.#beforeReadyOnly('app.setDesktopName()') }
  setAboutPanelOptions(): void { return undefined }
  showAboutPanel(): void { return undefined }
  focus(): void { return undefined }
  disableHardwareAcceleration(): void { this.#beforeReadyOnly('app.disableHardwareAcceleration()') }
  isHardwareAccelerationEnabled(): boolean { return false }
  isAccessibilitySupportEnabled(): boolean { return false }
  isSecureKeyboardEntryEnabled(): boolean { return false }
  addRecentDocument(): void { return undefined }
  clearRecentDocuments(): void { return undefined }
  getAppMetrics(): never[] { return [] }

  enableSandbox(): void {
    this.#beforeReadyOnly('app.enableSandbox()')
    this.#sandbox = true
  }

  getPath(name: PathName): string {
    const set = this.#paths.get(name)
    if (set !== undefined) return set
    switch (name) {
      case 'userData': return join(this.getPath('appData'), this.name)
      case 'sessionData': return this.getPath('userData')
      case 'crashDumps': return join(this.getPath('userData'), 'Crashpad')
      case 'logs': return join(this.getPath('userData'), 'logs')
      case 'assets': return dirname(this.getPath('exe'))
      default: throw new Error(`Failed to get '${String(name)}' path`)
    }
  }

  setPath(name: string, path: string): void {
    if (!resolve(path).startsWith('/') || resolve(path) !== path.replace(/\/+$/, '')) throw new Error('Path must be absolute')
    if (![...this.#paths.keys(), 'userData', 'sessionData', 'crashDumps', 'logs', 'assets'].includes(name)) throw new Error(`Failed to set '${name}' path`)
    this.#paths.set(name, path)
  }

  setAppLogsPath(path?: string): void { this.#paths.set('logs', path ?? join(this.getPath('userData'), 'logs')) }

  quit(): void {
    if (this.#quitting) return
    this.#quitting = true
    const event = makeEvent({})
    this.emit('before-quit', event)
    if (event.defaultPrevented) {
      this.#quitting = false
      return
    }
    const windows = this.#hooks?.windows() ?? []
    if (windows.length === 0) this.#notifyAndShutDown()
    else for (const window of windows) window.close()
  }

  exit(exitCode = 0): void {
    this.#exitCode = exitCode
    this.#quitting = true
    this.#exiting = true
    for (const window of this.#hooks?.windows() ?? []) window.destroy()
    this.#shutDown()
  }

  /** A window refused to close, so the quit is off. */
  closeCancelled(): void { this.#quitting = false }

  /** The last window has closed. */
  allWindowsClosed(): void {
    if (this.#exiting) return
    if (this.#quitting) this.#notifyAndShutDown()
    else if (this.listenerCount('window-all-closed') === 0) this.quit()
    else this.emit('window-all-closed')
  }

  requestSingleInstanceLock(additionalData: unknown = {}): boolean {
    if (this.#lock) return true
    const userData = this.getPath('userData')
    const path = join(tmpdir(), `parley-stand-in-${createHash('sha256').update(userData).digest('hex').slice(0, 16)}.lock`)
    const holder = `${path}.pid`
    const answer = acquire(holder)
    if (!answer) {
      // As Chromium: it waits until the first instance has taken the message, for the second one usually quits next.
      spawnSync(process.execPath, ['-e', TELL, path], { input: JSON.stringify({ argv: process.argv, cwd: process.cwd(), additionalData }), timeout: 20_000 })
      return false
    }
    rmSync(path, { force: true })
    const server = createServer((socket) => {
      let text = ''
      socket.setEncoding('utf8')
      socket.on('data', (chunk: string) => { text += chunk })
      socket.on('error', () => undefined)
      socket.on('end', () => {
        const { argv, cwd, additionalData: data } = JSON.parse(text) as { argv: string[], cwd: string, additionalData: unknown }
        this.startedAgain(argv, cwd, data)
      })
    })
    server.listen(path)
    server.unref()
    this.#lock = server
    process.on('exit', () => { rmSync(holder, { force: true }); rmSync(path, { force: true }) })
    return true
  }

  /** The app was started once more; told after `ready` at the earliest. */
  startedAgain(argv: string[], cwd: string, additionalData: unknown): void {
    void this.#whenReady.then(() => { this.emit('second-instance', makeEvent({}), argv, cwd, additionalData) })
  }

  hasSingleInstanceLock(): boolean { return this.#lock !== null }

  releaseSingleInstanceLock(): void {
    this.#lock?.close()
    this.#lock = null
  }

  #notifyAndShutDown(): void {
    const event = makeEvent({})
    this.emit('will-quit', event)
    if (event.defaultPrevented) {
      this.#quitting = false
      return
    }
    this.#shutDown()
  }

  #shutDown(): void {
    if (this.#over) return
    this.#over = true
    this.emit('quit', makeEvent({}), this.#exitCode)
    this.#hooks?.shutDown(this.#exitCode)
  }
}

/** Takes the lock file, or finds that a living process has it. */
function acquire(path: string): boolean {
  try {
    const owner = Number(readFileSync(path, 'utf8'))
    if (owner > 0 && owner !== process.pid) {
      process.kill(owner, 0)
      return false
    }
  } catch {
    // No file, or its writer is dead: the lock is free.
    rmSync(path, { force: true })
  }
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

function systemLocale(): string {
  const name = (process.env['LC_ALL'] ?? process.env['LC_MESSAGES'] ?? process.env['LANG'] ?? '').split('.')[0] ?? ''
  return name === '' || name === 'C' || name === 'POSIX' ? 'en-US' : name.replace('_', '-')
}

/** A folder as the desktop's user-dirs.dirs names it. */
function xdgUserDir(config: string, home: string, key: string): string | null {
  try {
    const match = new RegExp(`^XDG_${key}_DIR="(.*)"$`, 'm').exec(readFileSync(join(config, 'user-dirs.dirs'), 'utf8'))
    return match?.[1]?.replace('$HOME', home) ?? null
  } catch {
    return null
  }
}
