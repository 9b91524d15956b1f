import { DBusConnection } from './dbus/connection.ts'

/** Whether the desktop shows tray icons. Only Linux can have none: GNOME shows them with an extension only. */
export type TrayHost = 'yes' | 'no' | 'unknown'

/** Who shows tray icons has this name on the session's bus. */
const WATCHER = 'org.kde.StatusNotifierWatcher'

/**
 * Asks the session's bus whether anything there shows tray icons; Electron does not tell. Never
 * rejects: where there is no bus, or it does not answer, nothing is known.
 *
 * @param sessionBus address of the bus; empty: there is none
 */
export async function findTrayHost(sessionBus: string, platform: NodeJS.Platform = process.platform): Promise<TrayHost> {
  if (platform !== 'linux') return 'yes'
  try {
    const connection = await DBusConnection.open(sessionBus)
    try {
      return (await connection.ownerOf(WATCHER)) === null ? 'no' : 'yes'
    } finally {
      connection.dispose()
    }
  } catch (error) {
    void error // said in the doc comment: nothing is known then
    return 'unknown'
  }
}
