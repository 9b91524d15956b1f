import type { joinWorlds as joinWorldsType } from './world-bridge.ts'

/** What the page's world asks of the stand-in; answered in the isolated world, which passes it on to main. */
export interface PageHost {
  /** Asks the app's permission handlers; resolves with the name and message of a refusal, or with nothing. */
  ask(permission: string, details: Record<string, unknown>): Promise<[name: string, message: string] | null>
  /** The state that `navigator.permissions.query` shall show. */
  query(permission: string, details: Record<string, unknown>): Promise<string>
  open(url: string, frameName: string, features: string): void
  /** The page has closed a port that leads to main. */
  portClosed(name: string): void
}

/**
 * Runs in the page's own world before any script of the page: joins it to the isolated world and puts the app's
 * permission and window-open handlers in front of Chromium's own answers. Self-contained source text.
 */
export function installPageWorld(tag: string, joinWorlds: typeof joinWorldsType): void {
  const { Object, Error, DOMException, Event, document } = globalThis
  let host: ((name: string, ...args: unknown[]) => unknown) | undefined
  let visibility: DocumentVisibilityState | undefined

  const freeze = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || Object.isFrozen(value) || value instanceof Node) return value
    Object.freeze(value)
    for (const key of Reflect.ownKeys(value)) freeze((value as Record<PropertyKey, unknown>)[key])
    return value
  }

  document.addEventListener(tag, (event) => {
    event.stopImmediatePropagation()
    const wire = (event as MouseEvent).relatedTarget as EventTarget
    const bridge = joinWorlds(wire, 'page', {
      expose(key: string, api: unknown) {
        if (Object.hasOwn(globalThis, key)) throw new Error('Cannot bind an API on top of an existing property on the window object')
        Object.defineProperty(globalThis, key, { value: freeze(api), enumerable: true, writable: false, configurable: false })
      },
      visibility(state: DocumentVisibilityState) {
        visibility = state
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
      },
    })
    host = bridge.call
  }, { once: true, capture: true })

  // The ports of the next message, named by the notice that goes ahead of it; only a port that leads to main has a name.
  const names = new WeakMap<MessagePort, string>()
  let coming: (string | null)[] = []
  addEventListener('message', (event: MessageEvent<unknown>) => {
    const notice = typeof event.data === 'object' && event.data !== null ? (event.data as Record<string, unknown>)[tag] : undefined
    if (notice !== undefined) {
      event.stopImmediatePropagation()
      coming = notice as (string | null)[]
    } else if (event.ports.length > 0) {
      event.ports.forEach((port, index) => {
        const name = coming[index]
        if (name) names.set(port, name)
      })
      coming = []
    }
  }, { capture: true })
  const closePort = MessagePort.prototype.close
  MessagePort.prototype.close = function close(this: MessagePort): void {
    closePort.call(this)
    const name = names.get(this)
    if (name !== undefined) host?.('portClosed', name)
  }

  /** The handlers' answer, or leave to go on where no isolated world is joined (a document that nobody has set up). */
  const ask = async (permission: string, details: Record<string, unknown>): Promise<void> => {
    const refusal = host ? await host('ask', permission, details) as [string, string] | null : null
    if (refusal) throw new DOMException(refusal[1], refusal[0])
  }
  const replace = (owner: object | undefined, name: string, make: (original: (...args: unknown[]) => unknown) => (...args: unknown[]) => unknown): void => {
    const original = owner && (owner as Record<string, unknown>)[name]
    if (typeof original !== 'function') return
    const made = make(original as (...args: unknown[]) => unknown)
    Object.defineProperty(made, 'name', { value: name })
    Object.defineProperty(made, 'length', { value: original.length })
    Object.defineProperty(owner, name, { value: made, writable: true, enumerable: true, configurable: true })
  }
  const gate = (owner: object | undefined, name: string, permission: string, details: (args: unknown[]) => Record<string, unknown> | null): void => {
    replace(owner, name, (original) => async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const about = details(args)
      if (about) await ask(permission, about)
      return original.apply(this, args)
    })
  }
  const always = (): Record<string, unknown> => ({})
  const sinkOf = (options: unknown): unknown => typeof options === 'object' && options !== null ? null : options

  gate(globalThis.MediaDevices?.prototype, 'getUserMedia', 'media', ([constraints]) => {
    const wanted = (constraints ?? {}) as MediaStreamConstraints
    const mediaTypes = [...wanted.audio ? ['audio'] : [], ...wanted.video ? ['video'] : []]
    return mediaTypes.length === 0 ? null : { mediaTypes }
  })
  gate(globalThis.MediaDevices?.prototype, 'getDisplayMedia', 'display-capture', () => ({ mediaTypes: ['video'] }))
  gate(globalThis.MediaDevices?.prototype, 'selectAudioOutput', 'speaker-selection', always)
  gate(globalThis.AudioContext?.prototype, 'setSinkId', 'speaker-selection', ([sink]) => sinkOf(sink) ? {} : null)
  gate(globalThis.HTMLMediaElement?.prototype, 'setSinkId', 'speaker-selection', ([sink]) => sink ? {} : null)
  gate(globalThis.Clipboard?.prototype, 'read', 'clipboard-read', always)
  gate(globalThis.Clipboard?.prototype, 'readText', 'clipboard-read', always)
  gate(globalThis.Clipboard?.prototype, 'write', 'clipboard-sanitized-write', always)
  gate(globalThis.Clipboard?.prototype, 'writeText', 'clipboard-sanitized-write', always)
  gate(globalThis.WakeLock?.prototype, 'request', 'screen-wake-lock', always)
  gate(globalThis.Element?.prototype, 'requestFullscreen', 'fullscreen', always)
  gate(globalThis.Element?.prototype, 'requestPointerLock', 'pointerLock', always)
  gate(globalThis.Navigator?.prototype, 'requestMIDIAccess', 'midi', always)
  gate(globalThis.StorageManager?.prototype, 'persist', 'persistent-storage', always)
  for (const name of ['getCurrentPosition', 'watchPosition']) {
    replace(globalThis.Geolocation?.prototype, name, (original) => function (this: unknown, ...args: unknown[]): unknown {
      ask('geolocation', {}).then(() => { original.apply(this, args) }, (error: unknown) => {
        if (typeof args[1] === 'function') (args[1] as (error: unknown) => void)({ code: 1, message: (error as Error).message, PERMISSION_DENIED: 1 })
      })
      return name === 'watchPosition' ? 1 : undefined
    })
  }
  replace(globalThis.Notification, 'requestPermission', () => () =>
    ask('notifications', {}).then(() => 'granted', () => 'denied'))
  replace(globalThis.MediaDevices?.prototype, 'enumerateDevices', (original) => async function (this: unknown): Promise<unknown> {
    const devices = await (original.call(this) as Promise<MediaDeviceInfo[]>)
    const states = new Map<string, boolean>()
    for (const mediaType of ['audio', 'video']) states.set(mediaType, host ? await host('query', 'media', { mediaType }) === 'granted' : true)
    return devices.filter((device, index) => {
      const open = states.get(device.kind === 'videoinput' ? 'video' : 'audio') === true
      if (open) return true
      const toJSON = (): object => ({ deviceId: '', kind: device.kind, label: '', groupId: '' })
      for (const field of ['deviceId', 'label', 'groupId']) Object.defineProperty(device, field, { value: '' })
      Object.defineProperty(device, 'toJSON', { value: toJSON })
      return devices.findIndex((other) => other.kind === device.kind) === index
    })
  })
  replace(globalThis.Permissions?.prototype, 'query', (original) => async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    const status = await (original.apply(this, args) as Promise<PermissionStatus>)
    const name = String((args[0] as { name?: unknown } | undefined)?.name)
    const known: Record<string, [string, Record<string, unknown>]> = {
      microphone: ['media', { mediaType: 'audio' }], camera: ['media', { mediaType: 'video' }],
      'clipboard-write': ['clipboard-sanitized-write', {}],
    }
    const [permission, details] = known[name] ?? [name, {}]
    const state = host ? await host('query', permission, details) : status.state
    Object.defineProperty(status, 'state', { value: state })
    return status
  })
  replace(globalThis, 'open', () => (...args: unknown[]) => {
    const [url, name, features] = args as [url?: string | URL, name?: string, features?: string]
    let target = ''
    try {
      target = url === undefined || url === '' ? 'about:blank' : new URL(url, document.baseURI).href
    } catch {
      throw new DOMException(`Failed to execute 'open' on 'Window': Unable to open a window with invalid URL '${String(url)}'.`, 'SyntaxError')
    }
    host?.('open', target, name ?? '', features ?? '')
    return null
  })
  const real = { visibilityState: undefined as unknown, hidden: undefined as unknown }
  for (const name of ['visibilityState', 'hidden'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(Document.prototype, name)
    if (!descriptor?.get) continue
    real[name] = descriptor.get
    Object.defineProperty(Document.prototype, name, {
      ...descriptor,
      get(this: Document): unknown {
        if (visibility === undefined) return (real[name] as () => unknown).call(this)
        return name === 'hidden' ? visibility === 'hidden' : visibility
      },
    })
  }
}
