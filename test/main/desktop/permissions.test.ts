import { readFileSync } from 'node:fs'
import type { MediaAccessPermissionRequest, PermissionCheckHandlerHandlerDetails, Session, WebContents } from 'electron'
import { describe, expect, it } from 'vitest'
import {
  checkPermission,
  grantsRequest,
  setUpPermissions,
  type PermissionName,
  type PermissionSession,
} from '../../../main/desktop/permissions.ts'
import { memoryLog, strict } from './fakes.ts'

/** The names that a handler can be asked for, from the typings of the pinned version. */
function namesOf(method: string): PermissionName[] {
  const typings = readFileSync(new URL('../../../node_modules/electron/electron.d.ts', import.meta.url), 'utf8')
  const line = typings.split('\n').find((l) => l.trimStart().startsWith(`${method}(handler:`))
  const union = /permission: ((?:'[\w-]+'(?: \| )?)+)/.exec(line ?? '')?.[1] ?? ''
  return union.split(' | ').map((name) => name.slice(1, -1) as PermissionName)
}

const checked = namesOf('setPermissionCheckHandler')
const requested = namesOf('setPermissionRequestHandler')
const contents = strict<WebContents>('webContents', {})
const ourCheck: PermissionCheckHandlerHandlerDetails = {
  isMainFrame: true,
  requestingUrl: 'app://parley/sound.html',
  securityOrigin: 'app://parley/',
  mediaType: 'audio',
}
const ourRequest: MediaAccessPermissionRequest = {
  isMainFrame: true,
  requestingUrl: 'app://parley/sound.html',
  securityOrigin: 'app://parley/',
  mediaTypes: ['audio'],
}

it('knows the names of the pinned Electron', () => {
  expect(checked.length).toBeGreaterThan(40)
  expect(requested.length).toBeGreaterThan(40)
  expect(checked).toContain('media')
})

describe('checks', () => {
  it.each(checked)('%s', (name) => {
    const granted = checkPermission(contents, name, 'app://parley/', ourCheck)
    expect(granted).toBe(name === 'media' || name === 'speaker-selection')
  })

  it('knows our origin with and without the closing slash', () => {
    expect(checkPermission(contents, 'media', 'app://parley', { ...ourCheck, securityOrigin: 'app://parley' })).toBe(true)
  })

  const { requestingUrl: _url, securityOrigin: _origin, ...bare } = ourCheck
  it('does without what Electron may leave out', () => {
    expect(checkPermission(contents, 'media', 'app://parley/', bare)).toBe(true)
  })

  it.each<[string, Parameters<typeof checkPermission>]>([
    ['no contents', [null, 'media', 'app://parley/', ourCheck]],
    ['another origin', [contents, 'media', 'https://evil.example/', ourCheck]],
    ['an origin that begins like ours', [contents, 'media', 'app://parley.evil/', ourCheck]],
    ['no origin', [contents, 'media', '', ourCheck]],
    ['an opaque origin', [contents, 'media', 'null', ourCheck]],
    ['a subframe', [contents, 'media', 'app://parley/', { ...ourCheck, isMainFrame: false }]],
    ['an embedded frame', [contents, 'media', 'app://parley/', { ...ourCheck, embeddingOrigin: 'https://evil.example' }]],
    ['the camera', [contents, 'media', 'app://parley/', { ...ourCheck, mediaType: 'video' }]],
    ['unknown media', [contents, 'media', 'app://parley/', { ...ourCheck, mediaType: 'unknown' }]],
    ['unnamed media', [contents, 'media', 'app://parley/', { isMainFrame: true }]],
    ['another security origin', [contents, 'media', 'app://parley/', { ...ourCheck, securityOrigin: 'https://evil.example/' }]],
    ['another page', [contents, 'speaker-selection', 'app://parley/', { ...ourCheck, requestingUrl: 'about:blank' }]],
  ])('refuse %s', (_what, question) => {
    expect(checkPermission(...question)).toBe(false)
  })
})

describe('requests', () => {
  it.each(requested)('%s', (name) => {
    expect(grantsRequest(name, ourRequest)).toBe(name === 'media' || name === 'speaker-selection')
  })

  it.each<[string, Partial<MediaAccessPermissionRequest>]>([
    ['the camera', { mediaTypes: ['video'] }],
    ['camera and microphone together', { mediaTypes: ['audio', 'video'] }],
    ['the microphone twice', { mediaTypes: ['audio', 'audio'] }],
    ['no media', { mediaTypes: [] }],
    ['a subframe', { isMainFrame: false }],
    ['another page', { requestingUrl: 'https://evil.example/' }],
    ['a page that names us as user', { requestingUrl: 'app://parley@evil/' }],
    ['a blob', { requestingUrl: 'blob:app://parley/1' }],
    ['another security origin', { securityOrigin: 'https://evil.example/' }],
  ])('refuse %s', (_what, change) => {
    expect(grantsRequest('media', { ...ourRequest, ...change })).toBe(false)
  })

  it('refuse media that is not named', () => {
    expect(grantsRequest('media', { isMainFrame: true, requestingUrl: 'app://parley/sound.html' })).toBe(false)
  })
})

it('installs every handler and leaves it there', () => {
  const set: Record<string, unknown> = {}
  const session = strict<PermissionSession>('session', {
    setPermissionCheckHandler: (handler: unknown) => (set['check'] = handler),
    setPermissionRequestHandler: (handler: unknown) => (set['request'] = handler),
    setDevicePermissionHandler: (handler: unknown) => (set['device'] = handler),
  })
  const log = memoryLog()
  setUpPermissions({ session, log }).dispose()

  const check = set['check'] as NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>
  const request = set['request'] as NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>
  const device = set['device'] as () => boolean
  const answers: boolean[] = []
  request(contents, 'media', (granted) => answers.push(granted), ourRequest)
  request(contents, 'geolocation', (granted) => answers.push(granted), ourRequest)
  expect(answers).toEqual([true, false])
  expect(check(contents, 'media', 'app://parley/', ourCheck)).toBe(true)
  expect(check(contents, 'usb', 'app://parley/', ourCheck)).toBe(false)
  expect(check(contents, 'usb', 'app://parley/', ourCheck)).toBe(false)
  expect(device()).toBe(false)
  expect(log.lines).toEqual(['info The permission “geolocation” was refused.', 'info The permission “usb” was refused.'])
})

it('lets our own pages listen to a development server, and only where there is one', () => {
  const answers = (hotReload: boolean): boolean[] => {
    const given: boolean[] = []
    const session = strict<PermissionSession>('session', {
      setPermissionCheckHandler: (check: NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>) => {
        given.push(check(contents, 'loopback-network', 'app://parley/', ourCheck))
        given.push(check(contents, 'loopback-network', 'https://example.org', ourCheck))
        given.push(check(contents, 'usb', 'app://parley/', ourCheck))
      },
      setPermissionRequestHandler: (request: NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>) => {
        request(contents, 'local-network-access', (granted) => given.push(granted), ourRequest)
        request(contents, 'local-network-access', (granted) => given.push(granted), { ...ourRequest, requestingUrl: 'https://example.org/' })
      },
      setDevicePermissionHandler: () => undefined,
    })
    setUpPermissions({ session, log: memoryLog(), hotReload })
    return given
  }
  expect(answers(false)).toEqual([false, false, false, false, false])
  expect(answers(true)).toEqual([true, false, false, true, false])
})
