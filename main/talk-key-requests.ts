import type { RequestHandlers } from './bridge.ts'
import type { TalkKey } from './desktop/talk-key/talk-key.ts'
import type { TalkKeyTrial } from './desktop/talk-key/trial.ts'

/** The requests that concern the talk key. */
export type TalkKeyRequests = Pick<RequestHandlers, 'talkKey.capture' | 'talkKey.captureCancel' | 'talkKey.pressed' | 'talkKey.trial' | 'talkKey.askAccess'>

/** What the requests about the talk key do. Both are made after the bridge, hence the functions. */
export function talkKeyRequests(deps: { talkKey: () => TalkKey; trial: () => TalkKeyTrial }): TalkKeyRequests {
  const { talkKey, trial } = deps
  return {
    'talkKey.capture': () => talkKey().capture(),
    'talkKey.captureCancel': () => {
      talkKey().cancelCapture()
    },
    'talkKey.pressed': (chord) => {
      talkKey().pressedInWindow(chord)
    },
    'talkKey.trial': (on) => {
      // A turn that is open in earnest ends before its key means something else, and the other way about.
      talkKey().pause('trial')
      trial().set(on)
      talkKey().resume('trial')
    },
    'talkKey.askAccess': () => {
      talkKey().askAccess()
    },
  }
}
