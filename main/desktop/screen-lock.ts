import type { Disposable } from '../../shared/disposable.ts'
import { DBusConnection } from './dbus/connection.ts'
import { Variant, type DBusValue } from './dbus/values.ts'

/** Who says on the session's bus that the screen is covered: each desktop has its own name for it. */
const SCREEN_SAVERS = ['org.freedesktop.ScreenSaver', 'org.gnome.ScreenSaver', 'org.cinnamon.ScreenSaver', 'org.mate.ScreenSaver'] as const
const LOGIN = 'org.freedesktop.login1'
const LOGIN_SESSION = 'org.freedesktop.login1.Session'

export interface ScreenLockOptions {
  /** Addresses of the two buses; empty: there is none. */
  sessionBus: string
  systemBus: string
  /** Told with each change, and never before somebody has said something. */
  onChange: (locked: boolean) => void
}

/**
 * Watches on Linux whether the screen is locked: Electron's `powerMonitor` does not tell there. The
 * lock screens themselves say so on the session's bus, and logind's `LockedHint` on the system's.
 * logind's signal `Lock` is only a request, which many lockers never take back: it counts for nothing.
 * Never rejects: without buses nobody is told anything.
 */
export async function watchScreenLock(options: ScreenLockOptions): Promise<Disposable> {
  const lockedBy = new Set<string>()
  let locked = false
  function say(who: string, covered: boolean): void {
    if (covered) lockedBy.add(who)
    else lockedBy.delete(who)
    if (locked === lockedBy.size > 0) return
    locked = lockedBy.size > 0
    options.onChange(locked)
  }
  const open = await Promise.all([
    quietly(() => watchScreenSavers(options.sessionBus, say)),
    quietly(() => watchLogin(options.systemBus, say)),
  ])
  return {
    dispose() {
      for (const connection of open) connection?.dispose()
    },
  }
}

async function watchScreenSavers(address: string, say: (who: string, covered: boolean) => void): Promise<DBusConnection> {
  const connection = await DBusConnection.open(address)
  for (const name of SCREEN_SAVERS) {
    await connection.onSignal({ sender: name, interface: name, member: 'ActiveChanged' }, ({ sender, body: [active] }) => {
      if (typeof active !== 'boolean') return
      // Anybody can send such a signal; only who has the name is believed.
      void quietly(() => connection.ownerOf(name)).then((owner) => {
        if (owner !== null && owner === sender) say(name, active)
      })
    })
  }
  return connection
}

async function watchLogin(address: string, say: (who: string, covered: boolean) => void): Promise<DBusConnection> {
  const connection = await DBusConnection.open(address)
  try {
    // `auto`: the session that this process belongs to, or where it was started for, the person's own.
    const [path] = await connection.call({ destination: LOGIN, path: '/org/freedesktop/login1', interface: 'org.freedesktop.login1.Manager', member: 'GetSession', signature: 's', body: ['auto'] })
    if (typeof path !== 'string') throw new Error('logind names no session')
    const owner = await connection.ownerOf(LOGIN)
    await connection.onSignal({ sender: LOGIN, path, interface: 'org.freedesktop.DBus.Properties', member: 'PropertiesChanged' }, ({ sender, body: [face, changed] }) => {
      if (sender !== owner || face !== LOGIN_SESSION || !(changed instanceof Map)) return
      const hint = (changed as ReadonlyMap<DBusValue, DBusValue>).get('LockedHint')
      if (hint instanceof Variant && typeof hint.value === 'boolean') say(LOGIN, hint.value)
    })
    return connection
  } catch (error) {
    connection.dispose()
    throw error
  }
}

/** No bus, nobody who answers: nothing is known then, and nothing is lost. */
async function quietly<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    void error // said in the doc comment: without a bus nobody is told anything
    return null
  }
}
