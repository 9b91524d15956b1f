import type { Failure } from '../../shared/failure.ts'
import type { ClientEvent } from '../../shared/realtime/client-events.ts'
import type { ServerEvent } from '../../shared/realtime/server-events.ts'

/** What comes up from the socket. */
export type WireEvent =
  /** The upgrade succeeded; `session.created` should follow. */
  | { type: 'open' }
  /** A parsed event of the server, in GA names. */
  | { type: 'event'; event: ServerEvent }
  /** A frame that could not be understood; the connection goes on. */
  | { type: 'invalid'; reason: string }
  /** The connection is over; last event. Null: closed by us. */
  | { type: 'closed'; failure: Failure | null }

/** The socket as the Realtime engine needs it; `main/realtime/connection.ts` is the real one. */
export interface Wire {
  send(event: ClientEvent): void
  /** Sends one `input_audio_buffer.append`. */
  sendAudio(pcm: Uint8Array): void
  close(): void
}

/** Opens a connection; nothing is emitted before the call returns, nothing after `closed`. */
export type OpenWire = (listener: (event: WireEvent) => void) => Wire
