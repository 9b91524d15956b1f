/**
 * Parley's own path, whole: connection → parser → engine → voice session → conversation, and sound
 * to a sound port that plays at once. Bundled for the benchmark as the app's main process is.
 */
import { RealtimeConnection } from '../../../main/realtime/connection.ts'
import { makeEndpoint } from '../../../main/realtime/endpoint.ts'
import { RealtimeEngine } from '../../../main/voice/realtime-engine.ts'
import { Questions } from '../../../main/voice/tools/questions.ts'
import { ToolRegistry } from '../../../main/voice/tools/registry.ts'
import { VoiceSession } from '../../../main/voice/session.ts'
import type { SoundPortEvent } from '../../../main/voice/sound-port.ts'
import type { Wire } from '../../../main/voice/wire.ts'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import type { ToSoundRoom, TrackProgress } from '../../../shared/voice-port.ts'
import type { Client } from '../lib/client.ts'

/** A sound room that plays everything at once and answers as the real one does. */
class InstantRoom {
  #listener: (message: SoundPortEvent) => void = () => undefined
  readonly #tracks = new Map<string, TrackProgress>()
  bytes = 0

  listen(listener: (message: SoundPortEvent) => void): { dispose(): void } {
    this.#listener = listener
    queueMicrotask(() => {
      listener({ type: 'ready' })
    })
    return { dispose: () => undefined }
  }

  say(message: SoundPortEvent): void {
    this.#listener(message)
  }

  post(message: ToSoundRoom): void {
    switch (message.type) {
      case 'audio': {
        this.bytes += message.pcm.byteLength
        const frames = message.pcm.byteLength / 2
        const track = this.#tracks.get(message.item_id)
        if (track) {
          track.framesReceived += frames
          track.framesPlayed += frames
        } else {
          const { response_id, item_id, content_index } = message
          this.#tracks.set(item_id, { response_id, item_id, content_index, framesPlayed: frames, framesReceived: frames, complete: false })
        }
        break
      }
      case 'audio_done': {
        const track = this.#tracks.get(message.item_id)
        if (!track) break
        track.complete = true
        this.#tracks.delete(message.item_id)
        this.say({ type: 'playback', playing: null, tracks: [track], peak: 0, rms: 0, starvations: 0, starvedFrames: 0 })
        break
      }
      case 'flush':
        this.say({ type: 'flushed', generation: message.generation, tracks: [...this.#tracks.values()] })
        this.#tracks.clear()
        break
      case 'open_microphone':
        this.say({ type: 'microphone', request: message.request, state: 'open', deviceId: 'default', label: 'Microphone' })
        break
      case 'capture':
        this.say({ type: 'capture_mode', request: message.request, mode: message.mode })
        break
      default:
        break
    }
  }
}

export function createClient(): Client {
  const room = new InstantRoom()
  let url = ''
  let connection: RealtimeConnection | null = null
  let last = ''
  let done: () => void = () => undefined
  let opened: () => void = () => undefined
  let seq = 0
  let ids = 0
  const conversation = new Conversation({
    now: Date.now,
    newId: () => `item_${String(++ids)}`,
    onPatches: () => undefined,
  })
  const openWire = (listener: ConstructorParameters<typeof RealtimeConnection>[0]['listener']): Wire => {
    const made = makeEndpoint({ kind: 'compatible', url, model: '' }, { hasKey: false, consent: true })
    if (!made.ok) throw new Error(made.failure.code)
    const wire = new RealtimeConnection({
      endpoint: made.endpoint,
      key: null,
      fault: (problem) => {
        console.error('Parley:', problem)
      },
      resolveProxy: () => Promise.resolve('DIRECT'),
      listener: (event) => {
        listener(event)
        if (event.type === 'event' && event.event.type === 'response.done' && event.event.response.id === last) done()
      },
    })
    connection = wire
    wire.open()
    return {
      send: (event) => {
        wire.send(event)
      },
      sendAudio: (pcm) => {
        wire.sendAudio(pcm)
      },
      close: () => {
        wire.close()
      },
    }
  }
  const session = new VoiceSession({
    sound: room,
    conversation,
    setup: () => ({ endpoint: 'compatible', model: '', engine: { instructions: '', voice: 'marin', language: 'en', tools: [] }, greet: false }),
    createEngine: () => new RealtimeEngine(openWire),
    tools: { registry: new ToolRegistry(), questions: new Questions({ onChange: () => undefined }), onView: () => undefined, onFault: () => undefined },
    turnMode: () => 'open_line',
    openLine: () => ({ pace: 'normal', byMeaning: false }),
    idleStopMs: () => 0,
    cues: () => false,
    onServerEvent: () => undefined,
    onSession: () => undefined,
    capped: () => null,
    costUsd: () => null,
    microphoneId: () => null,
    volume: () => 1,
    speakerId: () => null,
    onStatus: (status) => {
      if (status.state === 'ready') opened()
    },
    onLevels: () => undefined,
    onDevices: () => undefined,
  })
  return {
    async connect(to) {
      url = to
      const ready = new Promise<void>((resolve) => (opened = resolve))
      session.start()
      await ready
    },
    onResponseDone(id, callback) {
      last = id
      done = callback
    },
    sendFrame(pcm) {
      // What the sound room posts; its page copies, so the array is main's own.
      room.say({ type: 'frame', seq, firstFrame: seq++ * 480, peak: 0.5, rms: 0.1, pcm })
    },
    buffered: () => connection?.bufferedAmount ?? 0,
    audioBytes: () => room.bytes,
    transcript: () => conversation.entries.reduce((sum, entry) => sum + ('text' in entry ? entry.text.length : 0), 0),
    updater: () => (id, text) => {
      const event: ServerEvent = {
        type: 'conversation.item.input_audio_transcription.completed',
        item_id: id,
        content_index: 0,
        transcript: text,
        usage: null,
        logprobs: null,
        languages: null,
      } as unknown as ServerEvent
      conversation.apply(event)
    },
    close() {
      session.end()
    },
  }
}
