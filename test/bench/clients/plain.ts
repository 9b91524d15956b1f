/** The least that any client on `ws` can do: read the frame, parse its JSON, decode its sound. Shows where the platform's own cost ends. */
import WebSocket from 'ws'
import type { Client } from '../lib/client.ts'

interface Loose {
  type: string
  delta?: string
  response?: { id: string }
}

export function createClient(): Client {
  let socket: WebSocket | null = null
  let bytes = 0
  let last = ''
  let done: () => void = () => undefined
  return {
    async connect(url) {
      const ws = new WebSocket(url, { perMessageDeflate: false })
      socket = ws
      await new Promise<void>((resolve) => {
        ws.on('message', (data: Buffer) => {
          const event = JSON.parse(data.toString()) as Loose
          if (event.type === 'response.output_audio.delta') bytes += Buffer.from(event.delta ?? '', 'base64').byteLength
          else if (event.type === 'session.created') ws.send('{"type":"session.update","session":{"type":"realtime"}}')
          else if (event.type === 'session.updated') resolve()
          else if (event.type === 'response.done' && event.response?.id === last) done()
        })
      })
    },
    onResponseDone(id, callback) {
      last = id
      done = callback
    },
    sendFrame(pcm) {
      const audio = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
      socket?.send(`{"type":"input_audio_buffer.append","audio":"${audio}"}`)
    },
    buffered: () => socket?.bufferedAmount ?? 0,
    audioBytes: () => bytes,
    transcript: () => null,
    updater: () => null,
    close() {
      socket?.close()
    },
  }
}
