import { conversionFailure, toNativeImage } from './native-image.ts'
import { makeEvent, StrictEmitter } from './strict.ts'

/** A notification as a person sees it. */
export interface ShownNotification { title: string, body: string, silent: boolean, urgency: string, actions: string[] }

export interface NotificationControl {
  /** Whether the desktop has any. */
  supported: boolean
  /** All that were ever shown, newest last. */
  readonly shown: ShownNotification[]
  /** Those that can still be seen, oldest first. */
  visible(): ShownNotification[]
  /** Clicks on one (the newest without a number), which then goes; false where there is none. */
  click(index?: number): boolean
  /** Presses one of its buttons, by place or text. */
  act(action: number | string, index?: number): boolean
  /** Waves it away, or it goes by itself. */
  close(reason?: 'userCanceled' | 'timedOut', index?: number): boolean
  /** The desktop refuses to show the next one. */
  failNext(error: string): void
}

const names = ['id', 'groupId', 'groupTitle', 'title', 'subtitle', 'body', 'silent', 'icon', 'hasReply', 'timeoutType', 'replyPlaceholder', 'sound', 'urgency', 'actions', 'closeButtonText', 'toastXml']

/** `Notification` (https://www.electronjs.org/docs/latest/api/notification). `close()` by the app is not told to the app. */
export function makeNotificationClass(isReady: () => boolean): { Notification: unknown, control: NotificationControl } {
  const shown: ShownNotification[] = []
  const visible: Notification[] = []
  let fail: string | null = null
  const leave = (notification: Notification): void => {
    const at = visible.indexOf(notification)
    if (at >= 0) visible.splice(at, 1)
  }

  class Notification extends StrictEmitter {
    static isSupported(): boolean { return control.supported }
    id = ''
    groupId = ''
    groupTitle = ''
    title = ''
    subtitle = ''
    body = ''
    silent = false
    icon: unknown
    hasReply = false
    timeoutType = 'default'
    replyPlaceholder = ''
    sound = ''
    urgency = 'normal'
    actions: { type: string, text?: string }[] = []
    closeButtonText = ''
    toastXml = ''

    constructor(options: Record<string, unknown> = {}) {
      super()
      if (!isReady()) throw new Error('Cannot create Notification before app is ready')
      if (typeof options !== 'object') throw conversionFailure(options)
      const own = this as unknown as Record<string, unknown>
      for (const [name, value] of Object.entries(options)) {
        // Electron skips over what has the wrong type or an unknown name; an app that gives it has made a mistake.
        if (!names.includes(name)) throw new Error(`Notification's option ${name} is unknown to Electron`)
        if (value === undefined) continue
        if (name === 'icon') toNativeImage(value)
        else if (Array.isArray(own[name]) ? !Array.isArray(value) : typeof value !== typeof own[name]) throw conversionFailure(value)
        own[name] = value
      }
      if (!['normal', 'critical', 'low'].includes(this.urgency)) throw conversionFailure(this.urgency)
    }

    show(): void {
      this.close()
      if (!control.supported) return
      const failure = fail
      fail = null
      if (failure !== null) {
        setImmediate(() => { this.emit('failed', makeEvent({}), failure) })
        return
      }
      shown.push(view(this))
      visible.push(this)
      setImmediate(() => { this.emit('show', makeEvent({})) })
    }

    close(): void { leave(this) }
  }

  const view = ({ title, body, silent, urgency, actions }: Notification): ShownNotification => ({ title, body, silent, urgency, actions: actions.map(({ text }) => text ?? '') })
  const end = (notification: Notification, reason?: string): void => {
    leave(notification)
    notification.emit('close', makeEvent(reason === undefined ? {} : { reason }))
  }
  const control: NotificationControl = {
    supported: true, shown, visible: () => visible.map(view),
    click(index = visible.length - 1) {
      const notification = visible[index]
      if (!notification) return false
      notification.emit('click', makeEvent({}))
      end(notification)
      return true
    },
    act(action, index = visible.length - 1) {
      const notification = visible[index]
      const actionIndex = typeof action === 'number' ? action : notification?.actions.findIndex(({ text }) => text === action) ?? -1
      if (!notification?.actions[actionIndex]) return false
      notification.emit('action', makeEvent({ actionIndex, selectionIndex: -1 }), actionIndex, -1)
      end(notification)
      return true
    },
    close(reason = 'userCanceled', index = visible.length - 1) {
      const notification = visible[index]
      if (!notification) return false
      end(notification, reason)
      return true
    },
    failNext(error) { fail = error },
  }
  return { Notification, control }
}
