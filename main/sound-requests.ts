import { failure, FailureError } from '../shared/failure.ts'
import type { RequestHandlers } from './bridge.ts'
import { testTone, type SoundCheck } from './voice/sound-check.ts'

/** The requests about sound outside a conversation. */
export type SoundRequests = Pick<RequestHandlers, 'sound.play' | 'sound.stop'>

export interface SoundRequestsDeps {
  check: SoundCheck
  /** A conversation runs: its sound comes first. */
  active: () => boolean
  /** One sentence in the chosen voice: PCM16 mono 24 kHz. @throws FailureError */
  voice: () => Promise<Uint8Array>
}

/** What these requests do. A newer wish makes an older one, whose sample is still on its way, silent. */
export function soundRequests(deps: SoundRequestsDeps): SoundRequests {
  let attempt = 0
  const idle = (): void => {
    if (deps.active()) throw new FailureError(failure('conversation_running', {}, ['dismiss']))
  }
  return {
    'sound.play': async (what) => {
      idle()
      const mine = ++attempt
      const pcm = what === 'tone' ? testTone() : what === 'heard' ? deps.check.heard() : await deps.voice()
      if (mine !== attempt) return
      idle()
      await deps.check.play(pcm)
    },
    'sound.stop': () => {
      attempt++
      deps.check.stop()
    },
  }
}
