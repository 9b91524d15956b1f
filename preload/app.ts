import { contextBridge, ipcRenderer } from 'electron'
import type { IpcRendererEvent } from 'electron'
import type { Failure } from '../shared/failure.ts'
import type { ParleyBridge, Reply, RequestChannel, WindowEvent } from '../shared/ipc.ts'

// Types only: with a value from the contract zod would come along, and a preload is kept small
// enough to be read whole. The compiler holds both lists to the contract.

const CHANNELS: Readonly<Record<RequestChannel, true>> = {
  'state.get': true,
  'conversation.start': true,
  'conversation.end': true,
  'talk.press': true,
  'talk.release': true,
  'talk.cancel': true,
  'turn.send': true,
  'answer.stop': true,
  'message.send': true,
  'microphone.mute': true,
  'speaker.mute': true,
  'microphone.preview': true,
  'sound.play': true,
  'sound.stop': true,
  'heldTurn.retry': true,
  'heldTurn.discard': true,
  'question.answer': true,
  'timer.dismiss': true,
  'notice.dismiss': true,
  'endpoint.choose': true,
  'key.store': true,
  'key.forget': true,
  'onboarding.show': true,
  'settings.change': true,
  'persona.choose': true,
  'persona.save': true,
  'persona.delete': true,
  'persona.import': true,
  'persona.export': true,
  'talkKey.capture': true,
  'talkKey.captureCancel': true,
  'talkKey.pressed': true,
  'talkKey.trial': true,
  'talkKey.askAccess': true,
  'history.deleteAll': true,
  'devices.refresh': true,
  'conversation.copy': true,
  'view.shown': true,
  'window.show': true,
  'overlay.size': true,
  'overlay.drag': true,
  'conversation.export': true,
  'diagnostics.save': true,
  'logs.show': true,
  'licences.show': true,
}

const EVENTS: Readonly<Record<WindowEvent, true>> = { 'state.patch': true, levels: true }

const INTERNAL: Failure = { code: 'internal', detail: {}, actions: [] }

/** A reply as it is believed: a value, or a failure of the right shape; anything else is a fault of Parley's. */
function checked(reply: unknown): Reply<never> {
  if (!isObject(reply)) return { ok: false, failure: INTERNAL }
  if (reply['ok'] === true) return { ok: true, value: reply['value'] as never }
  return { ok: false, failure: reply['ok'] === false && isFailure(reply['failure']) ? reply['failure'] : INTERNAL }
}

function isFailure(value: unknown): value is Failure {
  return (
    isObject(value) &&
    typeof value['code'] === 'string' &&
    isObject(value['detail']) &&
    Object.values(value['detail']).every((part) => typeof part === 'string' || typeof part === 'number') &&
    Array.isArray(value['actions']) &&
    value['actions'].every((action) => typeof action === 'string')
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

const bridge: ParleyBridge = {
  async request(channel, ...args) {
    if (!Object.hasOwn(CHANNELS, channel)) return { ok: false, failure: INTERNAL }
    try {
      return checked(await ipcRenderer.invoke(channel, ...args))
    } catch {
      // Refused, not cloneable, or main is gone: the page gets values, never exceptions.
      return { ok: false, failure: INTERNAL }
    }
  },
  on(event, listener) {
    if (!Object.hasOwn(EVENTS, event) || typeof listener !== 'function') return () => undefined
    // The IPC event holds ipcRenderer as its sender and stays here.
    const receive = (_event: IpcRendererEvent, value: Parameters<typeof listener>[0]): void => listener(value)
    ipcRenderer.on(event, receive)
    return () => {
      ipcRenderer.off(event, receive)
    }
  },
}

contextBridge.exposeInMainWorld('parley', bridge)
