import { RealtimeConnection } from '../../../main/realtime/connection.ts'
import { makeEndpoint } from '../../../main/realtime/endpoint.ts'
import type { OpenWire } from '../../../main/voice/wire.ts'
import type { RealtimeServer } from '../../realtime-server/index.ts'

/** Who watches the wires. */
export interface WireWatch {
  /** Something came up a wire, or went down. */
  active?: () => void
  /** The listener threw. */
  fault?: (problem: unknown) => void
}

/** A wire to a server on this computer, over a real socket. */
export function wireTo(server: Pick<RealtimeServer, 'url'>, watch: WireWatch = {}): OpenWire {
  return (listener) => {
    const made = makeEndpoint({ kind: 'compatible', url: server.url, model: '' }, { hasKey: false, consent: false })
    if (!made.ok) throw new Error(made.failure.code)
    let closed = false
    const connection = new RealtimeConnection({
      endpoint: made.endpoint,
      key: null,
      resolveProxy: () => Promise.resolve('DIRECT'),
      fault: watch.fault ?? (() => undefined),
      listener: (event) => {
        watch.active?.()
        if (!closed) listener(event)
      },
    })
    connection.open()
    return {
      send: (event) => {
        watch.active?.()
        connection.send(event)
      },
      sendAudio: (pcm) => {
        watch.active?.()
        connection.sendAudio(pcm)
      },
      close: () => {
        closed = true
        connection.close()
      },
    }
  }
}
