import { failure, FailureError } from '../shared/failure.ts'
import type { Conversation } from '../shared/conversation/conversation.ts'
import type { Alarm } from './alarm.ts'
import type { AppStateStore } from './app-state.ts'
import type { RequestHandlers } from './bridge.ts'
import type { Endpoints } from './endpoints.ts'
import type { FileRequests } from './files/file-requests.ts'
import type { Personas } from './personas.ts'
import type { Settings } from '../shared/settings.ts'
import type { SettingsFile } from './storage/settings-file.ts'
import type { SoundRequests } from './sound-requests.ts'
import type { TalkKeyRequests } from './desktop/talk-key/set-up.ts'
import type { VoiceSession } from './voice/session.ts'

export interface HandlersOptions {
  session: VoiceSession
  conversation: Conversation
  endpoints: Endpoints
  settings: SettingsFile
  store: AppStateStore
  personas: Personas
  /** Another persona is in force, or the one in force is another: session, talk key and windows follow. */
  personaChanged: () => void
  alarm: Alarm
  talkKey: TalkKeyRequests
  files: FileRequests
  sound: SoundRequests
  /** Whether the newest seconds of the microphone are kept, to be played back. */
  keepHeard: (on: boolean) => void
  /** Settings were changed: language, theme and windows follow. */
  settingsChanged: () => void
  copyText: (text: string) => Promise<void>
  deleteHistory: () => Promise<void>
  /** The person ended the conversation: the next one is another. */
  conversationEnded: () => void
  showWindow: () => void
  overlay: { resize(cssHeight: number): void; drag(step: 'begin' | 'move' | 'end'): void }
}

/** What each request of a window does. */
export function makeHandlers(options: HandlersOptions): RequestHandlers {
  const { session, conversation, endpoints, settings, store, alarm, personas } = options
  return {
    'conversation.start': () => {
      session.start()
    },
    'conversation.end': () => {
      session.end()
      options.conversationEnded()
    },
    'talk.press': () => {
      session.press()
    },
    'talk.release': () => {
      session.release()
    },
    'talk.cancel': () => {
      session.cancelTurn()
    },
    'turn.send': () => {
      session.sendNow()
    },
    'answer.stop': () => {
      session.stopAnswer()
    },
    'message.send': (text) => {
      if (!session.sendText(text)) throw new FailureError(session.status.notice ?? failure('internal'))
    },
    'microphone.mute': (muted) => {
      session.muteMicrophone(muted)
    },
    'speaker.mute': (muted) => {
      session.muteSpeaker(muted)
    },
    'microphone.preview': (on) => {
      options.keepHeard(on)
      session.previewMicrophone(on)
    },
    'heldTurn.retry': () => {
      session.retryHeldTurn()
    },
    'heldTurn.discard': () => {
      session.discardHeldTurn()
    },
    'question.answer': (id, yes) => {
      session.answerQuestion(id, yes)
    },
    'timer.dismiss': (id) => {
      alarm.dismiss(id)
    },
    'notice.dismiss': () => {
      session.dismissNotice()
    },
    'endpoint.choose': async (choice) => {
      const before = settings.value.endpoint
      // A server that works is spoken to in this run even when the disk refuses it; the window hears of both.
      try {
        await endpoints.choose(choice)
      } finally {
        if (settings.value.endpoint !== before) {
          session.end()
          store.set({ settings: settings.value, key: endpoints.status(), endpoint: endpoints.shown, onboarding: false })
        }
      }
      // A newcomer who practises hears a greeting without a further press (look.md "First minute").
      if (choice.kind === 'practice') session.start()
    },
    'key.store': async () => {
      await endpoints.storeKey()
      store.set({ key: endpoints.status() })
    },
    'key.forget': async () => {
      session.end()
      await endpoints.forgetKey()
      store.set({ key: endpoints.status() })
    },
    'onboarding.show': (show) => {
      // Without a server to talk to there is nothing to go back to.
      store.set({ onboarding: show || endpoints.choice === null })
    },
    'settings.change': async (change) => {
      const before = settings.value
      // Settings hold in this run even when the disk refuses; the window hears of both.
      try {
        await settings.change(change)
      } finally {
        followSettings(options, before)
      }
    },
    'persona.choose': async (id) => {
      await withPersonas(options, () => personas.choose(id))
    },
    'persona.save': (draft) => withPersonas(options, () => personas.save(draft)),
    'persona.delete': async (id) => {
      await withPersonas(options, () => personas.remove(id))
    },
    'persona.import': () => withPersonas(options, () => personas.import()),
    'persona.export': (id) => personas.export(id),
    ...options.talkKey,
    ...options.files,
    ...options.sound,
    'history.deleteAll': async () => {
      await options.deleteHistory()
    },
    'devices.refresh': () => {
      session.refreshDevices()
    },
    'view.shown': (n) => {
      if (store.shown.wanted?.n === n) store.set({ wanted: null })
    },
    'window.show': () => {
      options.showWindow()
    },
    'overlay.size': (cssHeight) => {
      options.overlay.resize(cssHeight)
    },
    'overlay.drag': (step) => {
      options.overlay.drag(step)
    },
    'conversation.copy': async () => {
      await options.copyText(asText(conversation, store.shown.language))
    },
  }
}

/** Everything takes over the settings as they are now, changed by a window or by hand in the file. @param before what was in force */
export function followSettings(options: HandlersOptions, before: Settings): void {
  const { session, settings, store, endpoints } = options
  const now = settings.value
  store.set({ settings: now })
  if (JSON.stringify(now.endpoint) !== JSON.stringify(before.endpoint)) {
    session.end()
    store.set({ key: endpoints.status(), endpoint: endpoints.shown, onboarding: endpoints.choice === null })
  }
  session.settingsChanged({
    microphone: now.microphoneId !== before.microphoneId,
    speaker: now.speakerId !== before.speakerId || now.volume !== before.volume,
    turnMode: now.turnMode !== before.turnMode || now.pace !== before.pace || now.byMeaning !== before.byMeaning,
  })
  if (now.voice !== before.voice || now.speed !== before.speed) session.setupChanged()
  if (JSON.stringify([now.persona, now.personas]) !== JSON.stringify([before.persona, before.personas])) options.personaChanged()
  options.settingsChanged()
}

/** Does something with the personas. They hold in this run even when the disk refuses; window and session hear of them either way. */
async function withPersonas<T>(options: HandlersOptions, act: () => Promise<T>): Promise<T> {
  const { settings, store, personas } = options
  const before = settings.value
  const inForce = JSON.stringify(personas.chosen)
  try {
    return await act()
  } finally {
    if (settings.value !== before) store.set({ settings: settings.value })
    if (JSON.stringify(personas.chosen) !== inForce) options.personaChanged()
  }
}

/** The conversation as plain text, as it is shown. */
function asText(conversation: Conversation, language: 'en' | 'de'): string {
  const you = language === 'de' ? 'Du' : 'You'
  return conversation.entries
    .filter((entry) => entry.text !== '')
    .map((entry) => `${entry.role === 'user' ? you : 'Parley'}: ${entry.text}`)
    .join('\n\n')
}
