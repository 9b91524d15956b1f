import { randomBytes } from 'node:crypto'
import type { Disposable } from '../../../shared/disposable.ts'
import { DBusConnection } from '../dbus/connection.ts'
import type { Message } from '../dbus/message.ts'
import { Variant, type DBusValue } from '../dbus/values.ts'

const PORTAL = 'org.freedesktop.portal.Desktop'
const PATH = '/org/freedesktop/portal/desktop'
const SHORTCUTS = 'org.freedesktop.portal.GlobalShortcuts'
const REQUEST = 'org.freedesktop.portal.Request'
const SESSION = 'org.freedesktop.portal.Session'
const REGISTRY = 'org.freedesktop.host.portal.Registry'
/** The one shortcut; the desktop remembers its key by this id. */
const SHORTCUT_ID = 'talk'
/** Wait for an answer that needs no person, and for a person's, ms. */
const QUICK_MS = 5000
const PERSON_MS = 5 * 60_000

/** Why the desktop serves no key. */
export type PortalRefusal =
  | 'missing' // no portal, or one without global shortcuts
  | 'denied' // the person, or the desktop for them, said no
  | 'failed' // it ended or fell silent while it was asked

export interface PortalOptions {
  /** Address of the session bus. */
  address: string
  /** Id of the app, as its desktop file is called. */
  appId: string
}

/** What the desktop was asked and gave. */
export interface PortalBinding {
  /** Name of the key as the desktop tells it; empty: none yet. */
  trigger: string
}

export interface PortalListener {
  activated(): void
  deactivated(): void
  /** The desktop gave another key. */
  changed(trigger: string): void
  /** The session is over by other hands than ours. Last event. */
  lost(): void
}

/**
 * One session with the desktop's GlobalShortcuts portal (XDG Desktop Portal,
 * `org.freedesktop.portal.GlobalShortcuts`): the desktop owns the key, asks the person, and tells of
 * press and release. What any other program says in its name is not believed: signals count only
 * from the owner of the portal's name, for our own session.
 */
export class PortalSession implements Disposable {
  readonly #connection: DBusConnection
  /** Unique name of the portal. */
  readonly #owner: string
  #session = ''
  #listener: PortalListener | null = null
  #over = false

  private constructor(connection: DBusConnection, owner: string) {
    this.#connection = connection
    this.#owner = owner
  }

  /** Finds the portal and makes a session; asks nobody yet. Never rejects. */
  static async open(options: PortalOptions): Promise<PortalSession | PortalRefusal> {
    let connection: DBusConnection
    try {
      connection = await DBusConnection.open(options.address)
    } catch (error) {
      void error // no bus, no portal
      return 'missing'
    }
    try {
      const session = await PortalSession.#make(connection, options.appId)
      if (session === null) connection.dispose()
      return session ?? 'missing'
    } catch (error) {
      void error // whatever it was, there is another way to serve the key
      connection.dispose()
      return 'missing'
    }
  }

  static async #make(connection: DBusConnection, appId: string): Promise<PortalSession | null> {
    if ((await connection.ownerOf(PORTAL)) === null && !(await connection.startService(PORTAL))) return null
    const owner = await connection.ownerOf(PORTAL)
    if (owner === null) return null
    // Names the app to the desktop; must come first. In a sandbox, or with an older portal, it is refused and not needed.
    await connection
      .call({ destination: owner, path: PATH, interface: REGISTRY, member: 'Register', signature: 'sa{sv}', body: [appId, new Map()] })
      .catch(() => undefined)
    const made = new PortalSession(connection, owner)
    connection.onClosed(() => {
      made.#lose()
    })
    await connection.onSignal({ sender: 'org.freedesktop.DBus', interface: 'org.freedesktop.DBus', member: 'NameOwnerChanged' }, (message) => {
      if (message.sender === 'org.freedesktop.DBus' && message.body[0] === PORTAL && message.body[2] !== owner) made.#lose()
    })
    const options = new Map<DBusValue, DBusValue>([['session_handle_token', new Variant('s', token())]])
    const results = await made.#request('CreateSession', '', [], options, QUICK_MS)
    const handle = results === 'denied' ? null : textOf(results.get('session_handle'))
    if (handle === null) return null
    made.#session = handle
    await made.#listen()
    return made
  }

  /**
   * Asks the desktop for the key, which may ask the person.
   *
   * @param wish.description what the person is shown @param wish.trigger the key that is proposed; null: none
   */
  async bind(wish: { description: string; trigger: string | null }, listener: PortalListener): Promise<PortalBinding | PortalRefusal> {
    const about = new Map<DBusValue, DBusValue>([['description', new Variant('s', wish.description)]])
    if (wish.trigger !== null) about.set('preferred_trigger', new Variant('s', wish.trigger))
    try {
      const results = await this.#request('BindShortcuts', 'oa(sa{sv})s', [this.#session, [[SHORTCUT_ID, about]], ''], new Map(), PERSON_MS)
      if (results === 'denied') return 'denied'
      const shortcuts = results.get('shortcuts')
      const trigger = triggerIn(shortcuts instanceof Variant ? shortcuts.value : [])
      if (trigger === null) return 'denied'
      if (this.#over) return 'failed'
      this.#listener = listener
      return { trigger }
    } catch (error) {
      void error // ended, silent or refused: the caller has another way
      return 'failed'
    }
  }

  /** Gives the key back. */
  dispose(): void {
    if (this.#over) return
    this.#over = true
    this.#listener = null
    const { session } = { session: this.#session }
    const gone = (): void => {
      this.#connection.dispose()
    }
    if (session === '') gone()
    else this.#connection.call({ destination: this.#owner, path: session, interface: SESSION, member: 'Close' }, 1000).then(gone, gone)
  }

  /** Makes a request of the portal and waits for its answer, which comes as a signal of its own. */
  async #request(
    member: string,
    signature: string,
    body: readonly DBusValue[],
    options: Map<DBusValue, DBusValue>,
    timeoutMs: number,
  ): Promise<ReadonlyMap<DBusValue, DBusValue> | 'denied'> {
    const handle = token()
    const path = `${PATH}/request/${this.#connection.name.slice(1).replaceAll('.', '_')}/${handle}`
    let settle: (message: Message) => void = () => undefined
    let fail: (error: Error) => void = () => undefined
    const answered = new Promise<Message>((resolve, reject) => {
      settle = resolve
      fail = reject
    })
    // Whoever gives up before the answer comes has heard why already.
    answered.catch(() => undefined)
    const timer = setTimeout(() => {
      fail(new Error(`${member} was not answered`))
    }, timeoutMs)
    this.#connection.onClosed(() => {
      fail(new Error('the bus has closed the connection'))
    })
    // Before the call: the answer may be faster than the reply.
    const subscription = await this.#connection.onSignal({ sender: PORTAL, path, interface: REQUEST, member: 'Response' }, (message) => {
      if (message.sender === this.#owner) settle(message)
    })
    const vanished = setInterval(() => {
      if (this.#over) fail(new Error('the portal is gone'))
    }, 200)
    try {
      const all = new Map<DBusValue, DBusValue>([['handle_token', new Variant('s', handle)], ...options])
      await this.#connection.call({ destination: this.#owner, path: PATH, interface: SHORTCUTS, member, signature: `${signature}a{sv}`, body: [...body, all] })
      const [code, results] = (await answered).body
      if (code !== 0) return 'denied'
      return results instanceof Map ? (results as ReadonlyMap<DBusValue, DBusValue>) : new Map<DBusValue, DBusValue>()
    } finally {
      clearTimeout(timer)
      clearInterval(vanished)
      subscription.dispose()
    }
  }

  async #listen(): Promise<void> {
    const ours = (message: Message): boolean => message.sender === this.#owner && message.body[0] === this.#session
    const on = (member: string, act: (message: Message) => void): Promise<Disposable> =>
      this.#connection.onSignal({ sender: PORTAL, path: PATH, interface: SHORTCUTS, member }, (message) => {
        if (ours(message)) act(message)
      })
    await on('Activated', (message) => {
      if (message.body[1] === SHORTCUT_ID) this.#listener?.activated()
    })
    await on('Deactivated', (message) => {
      if (message.body[1] === SHORTCUT_ID) this.#listener?.deactivated()
    })
    await on('ShortcutsChanged', (message) => {
      this.#listener?.changed(triggerIn(message.body[1]) ?? '')
    })
    await this.#connection.onSignal({ sender: PORTAL, path: this.#session, interface: SESSION, member: 'Closed' }, (message) => {
      if (message.sender === this.#owner) this.#lose()
    })
  }

  #lose(): void {
    if (this.#over) return
    this.#over = true
    const listener = this.#listener
    this.#listener = null
    this.#connection.dispose()
    listener?.lost()
  }
}

/** Unique and of the letters that a path may have. */
function token(): string {
  return `parley_${randomBytes(8).toString('hex')}`
}

function textOf(value: DBusValue | undefined): string | null {
  const plain = value instanceof Variant ? value.value : value
  return typeof plain === 'string' && plain !== '' ? plain : null
}

/** The key of our shortcut in what the desktop lists; empty: it has none yet; null: it is not listed. */
function triggerIn(shortcuts: DBusValue | undefined): string | null {
  if (!Array.isArray(shortcuts)) return null
  for (const shortcut of shortcuts as readonly DBusValue[]) {
    if (!Array.isArray(shortcut)) continue
    const [id, about] = shortcut as readonly DBusValue[]
    if (id !== SHORTCUT_ID) continue
    const described = about instanceof Map ? (about as ReadonlyMap<DBusValue, DBusValue>).get('trigger_description') : undefined
    // Some desktops write "Press <Control>space" as a sentence of their own; what they say is shown as it is.
    return (textOf(described) ?? '').slice(0, 80)
  }
  return null
}
