/** What the goals call “parse + reduce + transcript text”, and no more of Parley: connection, parser, conversation. */
import { RealtimeConnection } from '../../../main/realtime/connection.ts'
import { makeEndpoint } from '../../../main/realtime/endpoint.ts'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import type { Client } from '../lib/client.ts'

export function createClient(): Client {
  let connection: RealtimeConnection | null = null
  let bytes = 0
  let last = ''
  let done: () => void = () => undefined
  const conversation = new Conversation({ now: Date.now, newId: () => 'item_1', onPatches: () => undefined })
  return {
    async connect(url) {
      const made = makeEndpoint({ kind: 'compatible', url, model: '' }, { hasKey: false, consent: true })
      if (!made.ok) throw new Error(made.failure.code)
      await new Promise<void>((resolve) => {
        connection = new RealtimeConnection({
          endpoint: made.endpoint,
          key: null,
          resolveProxy: () => Promise.resolve('DIRECT'),
          listener: (message) => {
            if (message.type !== 'event') return
            const { event } = message
            if (event.type === 'response.output_audio.delta') {
              bytes += event.audio.byteLength
              return
            }
            conversation.apply(event)
            if (event.type === 'session.created') connection?.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } })
            else if (event.type === 'session.updated') resolve()
            else if (event.type === 'response.done' && event.response.id === last) done()
          },
        })
        connection.open()
      })
    },
    onResponseDone(id, callback) {
      last = id
      done = callback
    },
    sendFrame(pcm) {
      connection?.sendAudio(pcm)
    },
    buffered: () => connection?.bufferedAmount ?? 0,
    audioBytes: () => bytes,
    transcript: () => conversation.entries.reduce((sum, entry) => sum + ('text' in entry ? entry.text.length : 0), 0),
    updater: () => null,
    close() {
      connection?.close()
    },
  }
}
