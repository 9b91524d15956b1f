import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Disposable } from '../../shared/disposable.ts'
import type { Log } from '../log.ts'

/** What is used of `electron-updater`. */
export interface Updater {
  logger: unknown
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  allowDowngrade: boolean
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'update-downloaded', listener: (info: { version: string }) => void): unknown
  checkForUpdates(): Promise<unknown>
}

export interface UpdatesOptions {
  /** The folder that holds `app-update.yml` in a package that was built for updates: `process.resourcesPath`. */
  resources: string
  /** The folder of the app itself, from which its packages are found. */
  appPath: string
  log: Log
  /** Test seam. */
  load?: (appPath: string) => Updater
}

/** The first look comes when starting is over, ms. */
const FIRST_MS = 60_000
const EVERY_MS = 24 * 60 * 60_000

/**
 * Looks for a newer Parley once a day and installs it when Parley quits; but only in a package that
 * was built with a place to get updates from. In every other, nothing is loaded and nothing is
 * fetched (docs/releasing.md).
 */
export function setUpUpdates({ resources, appPath, log, load = loadUpdater }: UpdatesOptions): Disposable {
  if (!existsSync(join(resources, 'app-update.yml'))) return { dispose: () => undefined }
  let updater: Updater | null = null
  const look = (): void => {
    try {
      updater ??= prepared(load(appPath), log)
      // What goes wrong is told by the event as well.
      updater.checkForUpdates().catch(() => undefined)
    } catch (error) {
      log.error('The updater could not be loaded.', error)
    }
  }
  const first = setTimeout(look, FIRST_MS)
  const daily = setInterval(look, EVERY_MS)
  return {
    dispose() {
      clearTimeout(first)
      clearInterval(daily)
    },
  }
}

function prepared(updater: Updater, log: Log): Updater {
  updater.logger = null
  updater.autoDownload = true
  updater.autoInstallOnAppQuit = true
  updater.allowDowngrade = false
  updater.on('error', (error) => {
    log.warn('The search for a newer version failed.', error)
  })
  updater.on('update-downloaded', ({ version }) => {
    log.info(`Version ${version} will be installed when Parley quits.`)
  })
  return updater
}

function loadUpdater(appPath: string): Updater {
  // Merely asking for the property chooses and makes the updater of this system.
  const { autoUpdater } = createRequire(join(appPath, 'package.json'))('electron-updater') as { autoUpdater: Updater }
  return autoUpdater
}
