/** `@openai/agents-realtime`: a session over its WebSocket transport, with its own history. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from '@openai/agents-realtime'
import type { Client } from '../lib/client.ts'

export function createClient(): Client {
  const transport = new OpenAIRealtimeWebSocket({ useInsecureApiKey: true })
  const session = new RealtimeSession(new RealtimeAgent({ name: 'Bench', instructions: '' }), {
    transport,
    model: 'gpt-realtime',
    tracingDisabled: true,
    config: { audio: { input: { turnDetection: null } } },
  })
  let bytes = 0
  let last = ''
  let done: () => void = () => undefined
  let socket: { bufferedAmount?: number } | null = null
  session.on('error', (error) => {
    console.error('agents:', error)
  })
  session.on('audio', (event) => {
    bytes += event.data.byteLength
  })
  session.on('transport_event', (event: { type: string; response?: { id?: string } }) => {
    if (event.type === 'response.done' && event.response?.id === last) done()
  })
  return {
    async connect(url) {
      const updated = new Promise<void>((resolve) => {
        session.on('transport_event', (event: { type: string }) => {
          if (event.type === 'session.updated') resolve()
        })
      })
      await session.connect({ apiKey: 'unused', url })
      socket = transport.connectionState.websocket as { bufferedAmount?: number } | null
      await updated
    },
    onResponseDone(id, callback) {
      last = id
      done = callback
    },
    sendFrame(pcm) {
      session.sendAudio(pcm.buffer as ArrayBuffer)
    },
    buffered: () => socket?.bufferedAmount ?? 0,
    audioBytes: () => bytes,
    transcript: () =>
      session.history.reduce((sum, item) => {
        if (item.type !== 'message') return sum
        return sum + item.content.reduce((s, part) => s + ('text' in part ? part.text.length : 'transcript' in part ? (part.transcript?.length ?? 0) : 0), 0)
      }, 0),
    updater: () => (id, text) => {
      transport.emit('item_update', {
        itemId: id,
        type: 'message',
        role: 'user',
        status: 'completed',
        content: [{ type: 'input_audio', audio: null, transcript: text }],
      })
    },
    close() {
      session.close()
    },
  }
}
