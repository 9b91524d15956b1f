/**
 * The peers as their own documentation wires them: a WebSocket in the page, a player, and what each
 * tells the server when the person cuts in.
 */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from '@openai/agents-realtime'
import { WavStreamPlayer } from 'wavtools'
import { MediaDeviceOutput } from '../../../node_modules/@elevenlabs/client/dist/platform/web/output.js'

interface Player {
  play(pcm: ArrayBuffer, itemId: string): void
  /** Silence; resolves with what it believes was heard, where it believes anything. */
  interrupt(): Promise<{ itemId: string; ms: number } | null>
}

interface Event {
  type: string
  item_id?: string
  delta?: string
}

function decode(base64: string): ArrayBuffer {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes.buffer
}

async function wavtools(): Promise<Player> {
  const player = new WavStreamPlayer({ sampleRate: 24_000 })
  await player.connect()
  return {
    play(pcm, itemId) {
      player.add16BitPCM(pcm, itemId)
    },
    async interrupt() {
      // Its types say otherwise, but it is a promise.
      const offset = (await Promise.resolve(player.interrupt() as unknown)) as { trackId: string | null; offset: number } | null
      return offset?.trackId ? { itemId: offset.trackId, ms: Math.floor((offset.offset / 24_000) * 1000) } : null
    },
  }
}

async function elevenlabs(): Promise<Player> {
  const output = await MediaDeviceOutput.create({ sampleRate: 24_000, format: 'pcm' })
  return {
    play(pcm) {
      output.playAudio(pcm)
    },
    async interrupt() {
      output.interrupt()
      return null
    },
  }
}

/** One buffer source for each delta, the next begun when the one before has ended. */
async function onended(): Promise<Player> {
  const context = new AudioContext({ sampleRate: 24_000 })
  await context.resume()
  let queue: AudioBuffer[] = []
  let current: AudioBufferSourceNode | null = null
  const next = (): void => {
    const buffer = queue.shift()
    current = null
    if (!buffer) return
    current = context.createBufferSource()
    current.buffer = buffer
    current.connect(context.destination)
    current.onended = next
    current.start()
  }
  return {
    play(pcm) {
      const samples = new Int16Array(pcm)
      const buffer = context.createBuffer(1, samples.length, 24_000)
      const channel = buffer.getChannelData(0)
      for (let i = 0; i < samples.length; i++) channel[i] = (samples[i] ?? 0) / 32_768
      queue.push(buffer)
      if (!current) next()
    },
    async interrupt() {
      queue = []
      if (current) {
        current.onended = null
        current.stop()
        current = null
      }
      return null
    },
  }
}

const PLAYERS: Record<string, () => Promise<Player>> = { wavtools, elevenlabs, onended }

/** A player on its own WebSocket. */
async function connectPlayer(name: string, url: string): Promise<void> {
  const player = await (PLAYERS[name] ?? wavtools)()
  const socket = new WebSocket(url)
  socket.onmessage = (message) => {
    const event = JSON.parse(message.data as string) as Event
    if (event.type === 'session.created') socket.send(JSON.stringify({ type: 'session.update', session: { type: 'realtime' } }))
    else if (event.type === 'response.output_audio.delta') player.play(decode(event.delta ?? ''), event.item_id ?? '')
    else if (event.type === 'input_audio_buffer.speech_started') {
      void player.interrupt().then((heard) => {
        if (heard) socket.send(JSON.stringify({ type: 'conversation.item.truncate', item_id: heard.itemId, content_index: 0, audio_end_ms: heard.ms }))
      })
    }
  }
}

/** The SDK's session with the player that its examples use. */
async function connectAgents(url: string): Promise<void> {
  const player = await wavtools()
  const transport = new OpenAIRealtimeWebSocket({ useInsecureApiKey: true })
  const session = new RealtimeSession(new RealtimeAgent({ name: 'Bench', instructions: '' }), { transport, model: 'gpt-realtime', tracingDisabled: true })
  session.on('audio', (event) => {
    player.play(event.data, String((event as { responseId?: string }).responseId ?? 'track'))
  })
  session.on('audio_interrupted', () => {
    void player.interrupt()
  })
  await session.connect({ apiKey: 'unused', url })
}

Object.assign(window, { connectPeer: (name: string, url: string) => (name === 'agents' ? connectAgents(url) : connectPlayer(name, url)) })
