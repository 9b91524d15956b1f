import { failure, FailureError } from '../../shared/failure.ts'
import type { RequestHandlers } from '../bridge.ts'
import type { AppStateStore } from '../app-state.ts'
import type { VoiceSession } from '../voice/session.ts'
import type { DesktopActs } from './desktop.ts'
import type { TalkKey } from './talk-key/talk-key.ts'

export interface DesktopActsDeps {
  store: Pick<AppStateStore, 'shown'>
  voice: Pick<VoiceSession, 'start' | 'stopAnswer' | 'muteMicrophone' | 'say'>
  talkKey: Pick<TalkKey, 'command'>
  /** A choice outside the window does what the same choice does in it. */
  handlers: Pick<RequestHandlers, 'conversation.end' | 'persona.choose' | 'settings.change'>
  showWindow: () => void
  quit: () => void
}

/** What a choice in tray, menu bar or overlay does. */
export function desktopActs({ store, voice, talkKey, handlers, showWindow, quit }: DesktopActsDeps): DesktopActs {
  /** What the disk refuses holds for this run all the same, and is said. */
  const settled = (change: void | Promise<void>): void => {
    void Promise.resolve(change).catch((error: unknown) => {
      voice.say(error instanceof FailureError ? error.failure : failure('internal'))
    })
  }
  return {
    talk: () => {
      // Nothing to talk to yet: the window asks for it.
      if (store.shown.onboarding) showWindow()
      else talkKey.command('talk')
    },
    send: () => {
      talkKey.command('stop')
    },
    stopAnswer: () => {
      voice.stopAnswer()
    },
    muteMicrophone: (muted) => {
      voice.muteMicrophone(muted)
    },
    startConversation: () => {
      if (store.shown.onboarding) showWindow()
      else voice.start()
    },
    endConversation: () => {
      settled(handlers['conversation.end']())
    },
    choosePersona: (id) => {
      settled(handlers['persona.choose'](id))
    },
    changeSettings: (change) => {
      settled(handlers['settings.change'](change))
    },
    quit,
  }
}
