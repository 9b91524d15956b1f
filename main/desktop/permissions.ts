import type { Session } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'
import type { Log } from '../log.ts'
import { isAppOrigin, parseAppUrl } from './app-origin.ts'

type CheckHandler = NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>
type RequestHandler = NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>

/** Every permission that Electron can be asked for. */
export type PermissionName = Parameters<CheckHandler>[1]

/** How a permission that is not simply refused is decided. Both questions come from our own main frame already. */
interface Grant {
  check(details: Parameters<CheckHandler>[3]): boolean
  request(details: Parameters<RequestHandler>[3]): boolean
}

/** What is ever granted; every name that is not here is refused. */
const GRANTS: Partial<Record<PermissionName, Grant>> = {
  // The microphone, and nothing with it: a request that also names the camera is refused whole.
  media: {
    check: (details) => details.mediaType === 'audio',
    request: (details) => {
      const types = 'mediaTypes' in details ? details.mediaTypes : undefined
      return types?.length === 1 && types[0] === 'audio'
    },
  },
  // Choosing the loudspeaker (setSinkId).
  'speaker-selection': { check: () => true, request: () => true },
}

/** Decides a check; `webContents` is null for what is not a page (a service worker). */
export const checkPermission: CheckHandler = (webContents, permission, requestingOrigin, details) => {
  const grant = GRANTS[permission]
  if (grant === undefined || webContents === null) return false
  if (!isAppOrigin(requestingOrigin) || !details.isMainFrame) return false
  // Set for a frame inside a page of another origin.
  if (details.embeddingOrigin !== undefined && details.embeddingOrigin !== '') return false
  if (details.securityOrigin !== undefined && !isAppOrigin(details.securityOrigin)) return false
  if (details.requestingUrl !== undefined && parseAppUrl(details.requestingUrl) === null) return false
  return grant.check(details)
}

/** Decides a request. */
export function grantsRequest(
  permission: PermissionName,
  details: Parameters<RequestHandler>[3],
): boolean {
  const grant = GRANTS[permission]
  if (grant === undefined) return false
  if (!details.isMainFrame || parseAppUrl(details.requestingUrl) === null) return false
  if ('securityOrigin' in details && details.securityOrigin !== undefined && !isAppOrigin(details.securityOrigin)) {
    return false
  }
  return grant.request(details)
}

/** What Chromium asks before a page may speak to a server on this computer. */
const HOT_RELOAD: ReadonlySet<PermissionName> = new Set<PermissionName>(['loopback-network', 'local-network-access'])

/** The part of a session on which permissions are decided. */
export type PermissionSession = Pick<
  Session,
  'setPermissionCheckHandler' | 'setPermissionRequestHandler' | 'setDevicePermissionHandler'
>

/** Refuses on this session everything but the microphone and the choice of loudspeaker to our own pages. Without handlers Electron grants everything. */
export function setUpPermissions({
  session,
  log,
  hotReload = false,
}: {
  session: PermissionSession
  log: Log
  /** The pages come from a development server on this computer, which they listen to. */
  hotReload?: boolean
}): Disposable {
  // Many checks are made in passing (the list of devices asks for the camera): said once each.
  const told = new Set<string>()
  const refused = (permission: string): void => {
    if (told.has(permission)) return
    told.add(permission)
    log.info(`The permission “${permission}” was refused.`)
  }
  session.setPermissionCheckHandler((...question) => {
    const granted = checkPermission(...question) || (hotReload && HOT_RELOAD.has(question[1]) && isAppOrigin(question[2]))
    if (!granted) refused(question[1])
    return granted
  })
  session.setPermissionRequestHandler((_webContents, permission, callback, details) => {
    const granted = grantsRequest(permission, details) || (hotReload && HOT_RELOAD.has(permission) && parseAppUrl(details.requestingUrl) !== null)
    if (!granted) refused(permission)
    callback(granted)
  })
  session.setDevicePermissionHandler(() => false)
  return {
    dispose() {
      // Left in place on purpose: to remove a handler is to grant everything.
    },
  }
}
