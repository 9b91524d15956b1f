import type { Disposable } from '../../shared/disposable.ts'
import type { FromSoundRoom, ToSoundRoom } from '../../shared/voice-port.ts'

/**
 * What comes from the sound room, and what becomes of it.
 * - `ready` (of {@link FromSoundRoom}): it works; sent at first and after every rebuild. A new room
 *   knows nothing: no microphone is open, nothing is queued, volume and output are the defaults.
 * - `crashed`: it is gone, with everything queued in it; it is being rebuilt.
 * - `gave_up`: follows a `crashed`; it was rebuilt too often and is not tried again by itself.
 */
export type SoundPortEvent = FromSoundRoom | { type: 'crashed' } | { type: 'gave_up' }

/**
 * The voice session's side of the voice port (design §3). Nothing here throws.
 *
 * What is posted before `ready` waits for it, in order, and is delivered before the listener hears
 * `ready`; what waits is forgotten at `crashed`, as is everything posted after `gave_up`.
 */
export interface SoundPort {
  /** Sends to the sound room. PCM is copied if it is not an exact-size `Uint8Array`. */
  post(message: ToSoundRoom): void
  /**
   * Sets the one listener. A listener that comes when the room is ready already is told `ready`,
   * not before this call returned. Disposing it makes room for another.
   */
  listen(listener: (message: SoundPortEvent) => void): Disposable
}
