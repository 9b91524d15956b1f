import type { ClientEvent } from '../../shared/realtime/client-events.ts'
import type { ConnectionEvent } from '../realtime/connection.ts'

/** The one connection of a session, as the Realtime engine needs it. */
export interface Wire {
  /** Dropped while the connection is not open. */
  send(event: ClientEvent): void
  /** Sends one `input_audio_buffer.append`. */
  sendAudio(pcm: Uint8Array): void
  /** Ends the connection; nothing is emitted any more. */
  close(): void
}

/** Opens a connection; nothing is emitted before the call returns, nothing after `closed`. */
export type OpenWire = (listener: (event: ConnectionEvent) => void) => Wire
