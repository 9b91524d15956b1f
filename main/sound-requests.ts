import { failure, FailureError } from '../shared/failure.ts'
import type { RequestHandlers } from './bridge.ts'
import type { Endpoints } from './endpoints.ts'
import { sampleSentence } from './language.ts'
import { practiceSample } from './practice/sample.ts'
import type { Spending } from './spending.ts'
import type { SettingsFile } from './storage/settings-file.ts'
import type { VoiceEngine } from './voice/engine.ts'
import { testTone, type SoundCheck } from './voice/sound-check.ts'
import { voiceSample } from './voice/voice-sample.ts'

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

export interface ChosenVoiceDeps {
  endpoints: Pick<Endpoints, 'kind' | 'choice'>
  spending: Pick<Spending, 'capped' | 'apply'>
  settings: Pick<SettingsFile, 'value'>
  language: () => 'en' | 'de'
  /** Folder of what the practice partner can say. */
  clipsDir: string
  createEngine: () => VoiceEngine
}

/** One sentence in the voice of the settings, or in the practice partner's, who has only one. What it costs counts, and a cap holds. */
export function chosenVoice({ endpoints, spending, settings, language, clipsDir, createEngine }: ChosenVoiceDeps): () => Promise<Uint8Array> {
  return async () => {
    if (endpoints.kind === 'practice' || endpoints.choice === null) return practiceSample(language(), clipsDir)
    const capped = spending.capped()
    if (capped) throw new FailureError(capped)
    return voiceSample({
      engine: createEngine(),
      voice: settings.value.voice,
      language: language(),
      sentence: sampleSentence(language()),
      onEvent: (event) => {
        spending.apply(event)
      },
    })
  }
}
