import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setUpUpdates, type Updater } from '../../../main/desktop/updates.ts'
import { createLog } from '../../../main/log.ts'

const DAY = 24 * 60 * 60_000

let resources: string
let lines: string[]
beforeEach(() => {
  vi.useFakeTimers()
  resources = mkdtempSync(join(tmpdir(), 'parley-updates-'))
  lines = []
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(resources, { recursive: true })
})

class FakeUpdater implements Updater {
  logger: unknown = console
  autoDownload = false
  autoInstallOnAppQuit = false
  allowDowngrade = true
  checks = 0
  fails: Error | null = null
  readonly #listeners = new Map<string, (value: never) => void>()

  on(event: string, listener: (value: never) => void): void {
    this.#listeners.set(event, listener)
  }

  tell(event: string, value: unknown): void {
    this.#listeners.get(event)?.(value as never)
  }

  checkForUpdates(): Promise<unknown> {
    this.checks++
    return this.fails ? Promise.reject(this.fails) : Promise.resolve(null)
  }
}

const start = (load: () => Updater) =>
  setUpUpdates({ resources, appPath: '/app', log: createLog({ sinks: [(line) => lines.push(line)] }), load })

describe('updates', () => {
  it('do not exist in a package without a place to get them from: nothing is loaded, no timer runs', () => {
    const load = vi.fn<() => Updater>()
    start(load)
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(3 * DAY)
    expect(load).not.toHaveBeenCalled()
  })

  describe('where there is a place', () => {
    beforeEach(() => {
      writeFileSync(join(resources, 'app-update.yml'), 'provider: generic\nurl: https://updates.example\n')
    })

    it('are looked for after a minute and then once a day, and installed when Parley quits', () => {
      const updater = new FakeUpdater()
      const load = vi.fn(() => updater)
      start(load)
      vi.advanceTimersByTime(59_999)
      expect(load).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(updater).toMatchObject({ logger: null, autoDownload: true, autoInstallOnAppQuit: true, allowDowngrade: false, checks: 1 })
      vi.advanceTimersByTime(2 * DAY)
      expect(updater.checks).toBe(3)
      expect(load).toHaveBeenCalledOnce()
      updater.tell('update-downloaded', { version: '9.9.9' })
      expect(lines.join('\n')).toContain('Version 9.9.9 will be installed when Parley quits.')
    })

    it('that fail are one line in the log, and tried again the next day', async () => {
      const updater = new FakeUpdater()
      updater.fails = new Error('no network')
      start(() => updater)
      await vi.advanceTimersByTimeAsync(60_000)
      updater.tell('error', updater.fails)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain('The search for a newer version failed. Error: no network')
      await vi.advanceTimersByTimeAsync(DAY)
      expect(updater.checks).toBe(2)
    })

    it('that cannot be loaded are one line in the log', () => {
      start(() => {
        throw new Error('not there')
      })
      vi.advanceTimersByTime(60_000)
      expect(lines).toEqual([expect.stringContaining('The updater could not be loaded. Error: not there')])
    })

    it('stop with Parley', () => {
      const updater = new FakeUpdater()
      start(() => updater).dispose()
      expect(vi.getTimerCount()).toBe(0)
    })
  })

  it('are made by a package that has what is used of it', () => {
    const { AppUpdater } = createRequire(import.meta.url)('electron-updater') as { AppUpdater: { prototype: object } }
    expect(AppUpdater.prototype).toMatchObject({ checkForUpdates: expect.any(Function) as unknown, on: expect.any(Function) as unknown })
  })
})
