import type { MicrophoneProblem } from '../../shared/voice-port.ts'

/** What a rejection of `getUserMedia` means for a person. */
export function microphoneProblem(error: unknown): MicrophoneProblem {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    case 'NotReadableError':
      return 'busy'
    default:
      return 'failed'
  }
}
