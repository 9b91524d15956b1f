import { RealtimeConnection } from '../../../main/realtime/connection.ts'
import { makeEndpoint } from '../../../main/realtime/endpoint.ts'
import type { OpenWire } from '../../../main/voice/wire.ts'
import type { RealtimeServer } from '../../realtime-server/index.ts'

/** A wire to a server on this computer, over a real socket. */
export function wireTo(server: RealtimeServer): OpenWire {
  return (listener) => {
    const made = makeEndpoint({ kind: 'compatible', url: server.url, model: '' }, { hasKey: false, consent: false })
    if (!made.ok) throw new Error(made.failure.code)
    let closed = false
    const connection = new RealtimeConnection({
      endpoint: made.endpoint,
      key: null,
      resolveProxy: () => Promise.resolve('DIRECT'),
      listener: (event) => {
        if (!closed) listener(event)
      },
    })
    connection.open()
    return {
      send: (event) => {
        connection.send(event)
      },
      sendAudio: (pcm) => {
        connection.sendAudio(pcm)
      },
      close: () => {
        closed = true
        connection.close()
      },
    }
  }
}
