import type { SessionOptions } from '../../../main/voice/session-options.ts'

/** What a session asks of its owner, answered as plainly as can be. */
export function sessionDefaults(): Omit<SessionOptions, 'sound' | 'conversation' | 'createEngine' | 'tools'> {
  return {
    setup: () => ({ endpoint: 'compatible', model: '', engine: { instructions: 'Be brief.', voice: 'marin', language: 'en', tools: [] }, greet: false }),
    turnMode: () => 'hold',
    openLine: () => ({ pace: 'quick', byMeaning: false }),
    idleStopMs: () => 0,
    cues: () => false,
    microphoneId: () => null,
    speakerId: () => null,
    volume: () => 1,
    onStatus: () => undefined,
    onServerEvent: () => undefined,
    onSession: () => undefined,
    capped: () => null,
    costUsd: () => null,
    onLevels: () => undefined,
    onDevices: () => undefined,
  }
}
