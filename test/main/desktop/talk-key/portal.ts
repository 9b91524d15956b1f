import { Variant, type DBusValue } from '../../../../main/desktop/dbus/values.ts'
import type { Answer, BusService } from '../dbus/bus.ts'

export const PORTAL_NAME = 'org.freedesktop.portal.Desktop'
export const PORTAL_PATH = '/org/freedesktop/portal/desktop'
export const SHORTCUTS = 'org.freedesktop.portal.GlobalShortcuts'

/** Acts the desktop's portal, as xdg-desktop-portal words it. */
export class Portal {
  /** What the person answers in the desktop's dialog: 0 yes, 1 no; null: nothing yet. */
  dialog: number | null = 0
  /** The key that the desktop gives; null: it lists no shortcut. */
  trigger: string | null = 'Ctrl+Alt+Space'
  registered: DBusValue[] = []
  proposed: unknown = null
  described: unknown = null
  session = ''
  sessions = 0
  client = ''
  closed = 0
  #pending: (() => void) | null = null
  readonly service: BusService

  constructor(service: BusService) {
    this.service = service
    service.answer = (call) => this.#answer(call.interface ?? '', call.member ?? '', call.body, call.sender ?? '')
  }

  /** The person answers the dialog that waits. */
  answerDialog(code: number): void {
    this.dialog = code
    this.#pending?.()
    this.#pending = null
  }

  say(member: string, options: { session?: string; id?: string; service?: BusService } = {}): void {
    const { session = this.session, id = 'talk', service = this.service } = options
    // To Parley alone: the bus hands that over whatever rules there are.
    service.signal(PORTAL_PATH, SHORTCUTS, member, 'osta{sv}', [session, id, 1n, new Map()], this.client)
  }

  press(): void {
    this.say('Activated')
  }

  release(): void {
    this.say('Deactivated')
  }

  #answer(face: string, member: string, body: readonly DBusValue[], sender: string): Answer | undefined {
    if (member === 'Register') {
      this.registered.push(body[0] as DBusValue)
      return { signature: '', body: [] }
    }
    if (face === 'org.freedesktop.portal.Session' && member === 'Close') {
      this.closed++
      return { signature: '', body: [] }
    }
    if (face !== SHORTCUTS) return { error: 'org.freedesktop.DBus.Error.UnknownMethod' }
    const options = body.at(-1) as ReadonlyMap<string, Variant>
    const handle = `${PORTAL_PATH}/request/${sender.slice(1).replaceAll('.', '_')}/${options.get('handle_token')?.value as string}`
    if (member === 'CreateSession') {
      this.sessions++
      this.client = sender
      this.session = `${PORTAL_PATH}/session/${sender.slice(1).replaceAll('.', '_')}/${options.get('session_handle_token')?.value as string}`
      this.#respond(handle, 0, new Map<DBusValue, DBusValue>([['session_handle', new Variant('s', this.session)]]), sender)
    } else {
      const [[, about] = []] = body[1] as [string, ReadonlyMap<string, Variant>][]
      this.proposed = about?.get('preferred_trigger')?.value
      this.described = about?.get('description')?.value
      const respond = (): void => this.#respond(handle, this.dialog ?? 2, new Map<DBusValue, DBusValue>([['shortcuts', new Variant('a(sa{sv})', this.listed())]]), sender)
      if (this.dialog === null) this.#pending = respond
      else respond()
    }
    return { signature: 'o', body: [handle] }
  }

  listed(): DBusValue[] {
    return this.trigger === null ? [] : [['talk', new Map<DBusValue, DBusValue>([['trigger_description', new Variant('s', this.trigger)]])]]
  }

  #respond(handle: string, code: number, results: ReadonlyMap<DBusValue, DBusValue>, sender: string): void {
    this.service.signal(handle, 'org.freedesktop.portal.Request', 'Response', 'ua{sv}', [code, results], sender)
  }
}
