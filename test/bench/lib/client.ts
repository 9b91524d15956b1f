/** What a client that is measured must do, each in the way its own documentation shows. */
export interface Client {
  /** Connects and configures a session in which the client marks both ends of a turn. */
  connect(url: string): Promise<void>
  /** Calls back when the response of this id is done. */
  onResponseDone(id: string, done: () => void): void
  /** Sends 20 ms of sound. */
  sendFrame(pcm: Uint8Array): void
  /** Messages waiting to be sent, bytes. */
  buffered(): number
  /** Sound received, bytes after decoding. */
  audioBytes(): number
  /** Characters in the transcript that the client keeps; null when it keeps none. */
  transcript(): number | null
  /** Takes one changed item into a conversation, as an event of the wire would; null when it keeps no conversation. */
  updater(): ((itemId: string, text: string) => void) | null
  close(): void
}
