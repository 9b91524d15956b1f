import { rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import type { App } from 'electron'
import type { DesktopShown } from '../../shared/state.ts'
import type { Log } from '../log.ts'
import { errorCode, Queue, readIfPresent, writeAtomically } from '../storage/atomic-file.ts'
import { autostartEntry, autostartFile, startCommand } from './autostart-file.ts'
import { HIDDEN_ARGUMENT } from './talk-key/command-line.ts'

export interface LoginItemOptions {
  app: Pick<App, 'setLoginItemSettings' | 'getLoginItemSettings' | 'isPackaged' | 'getAppPath'>
  log: Log
  /** What became of the last wish. */
  onOutcome: (outcome: DesktopShown['login']) => void
  platform?: NodeJS.Platform
  env?: Readonly<Record<string, string | undefined>>
  execPath?: string
  home?: string
}

/**
 * Starts Parley at login, without a window. Windows and macOS have an API for it; on Linux it is
 * a file. macOS passes no arguments: there the start tells it ({@link LoginItem.openedAtLogin}).
 */
export class LoginItem {
  readonly #options: LoginItemOptions
  readonly #platform: NodeJS.Platform
  readonly #writes = new Queue()
  #wanted: boolean | null = null

  constructor(options: LoginItemOptions) {
    this.#options = options
    this.#platform = options.platform ?? process.platform
  }

  /** This run was begun by macOS at login. */
  get openedAtLogin(): boolean {
    return this.#platform === 'darwin' && this.#options.app.getLoginItemSettings().wasOpenedAtLogin
  }

  /**
   * Makes the system do as the person wants; asked again with the same wish it does nothing. A
   * first "no" removes nothing, since somebody else may have put there what it would remove.
   */
  async follow(wanted: boolean): Promise<void> {
    const before = this.#wanted
    this.#wanted = wanted
    if (wanted === (before ?? false)) return
    await this.#writes.add(async () => {
      try {
        if (this.#platform === 'linux') await this.#file(wanted)
        else this.#register(wanted)
        this.#options.onOutcome(this.#approvalMissing(wanted) ? 'approval' : '')
      } catch (error) {
        this.#options.onOutcome('failed')
        this.#options.log.warn('Starting at login could not be changed.', errorCode(error))
      }
    })
  }

  #register(wanted: boolean): void {
    const { app, execPath = process.execPath } = this.#options
    if (this.#platform === 'darwin') {
      app.setLoginItemSettings({ openAtLogin: wanted })
      return
    }
    const path = app.isPackaged ? [] : [app.getAppPath()]
    app.setLoginItemSettings({ openAtLogin: wanted, path: execPath, args: [...path, HIDDEN_ARGUMENT] })
  }

  /** macOS registers it, but starts it only once the person has agreed in System Settings. */
  #approvalMissing(wanted: boolean): boolean {
    return this.#platform === 'darwin' && wanted && this.#options.app.getLoginItemSettings().status === 'requires-approval'
  }

  async #file(wanted: boolean): Promise<void> {
    const { app, env = process.env, execPath = process.execPath, home = homedir() } = this.#options
    const file = autostartFile(env, home)
    if (!wanted) {
      await rm(file, { force: true })
      return
    }
    const entry = autostartEntry([...startCommand(env, execPath, app.isPackaged ? null : app.getAppPath()), HIDDEN_ARGUMENT])
    if ((await readIfPresent(file)) !== entry) await writeAtomically(file, entry)
  }
}
