import type { ResponseOutputAudioDeltaEvent } from '../../shared/realtime/server-events.ts'
import type { OpenWire } from '../voice/wire.ts'

/** Events kept, and characters of their JSON in all; the oldest go first. */
const MAX_EVENTS = 4000
const MAX_CHARS = 4_000_000
/** A single event that is longer (a picture) is kept by its type alone. */
const MAX_EVENT_CHARS = 64_000

/** One event of the exchange with the server, without sound. */
export interface RecordedEvent {
  dir: 'client' | 'server'
  /** JSON. */
  text: string
}

/**
 * The newest events of the exchange with the server, in memory only, for a diagnostics bundle: at
 * most 4,000 of them and 4 MB, without sound.
 */
export class EventRecording {
  #events: RecordedEvent[] = []
  #chars = 0

  /** Oldest first. */
  get events(): readonly RecordedEvent[] {
    return this.#events
  }

  /** The same way to a server, with everything on it recorded. */
  around(open: OpenWire): OpenWire {
    return (listener) => {
      const wire = open((event) => {
        if (event.type === 'event') this.#add('server', event.event.type === 'response.output_audio.delta' ? withoutAudio(event.event) : event.event)
        listener(event)
      })
      return {
        send: (event) => {
          this.#add('client', event)
          wire.send(event)
        },
        sendAudio: (pcm) => {
          const appended = { type: 'input_audio_buffer.append', audio: '', audio_bytes: pcm.byteLength }
          this.#add('client', appended)
          wire.sendAudio(pcm)
        },
        close: () => {
          wire.close()
        },
      }
    }
  }

  clear(): void {
    this.#events = []
    this.#chars = 0
  }

  #add(dir: RecordedEvent['dir'], event: { type: string } & object): void {
    let text = JSON.stringify(event, withoutSound)
    if (text.length > MAX_EVENT_CHARS) text = JSON.stringify({ type: event.type, left_out: text.length })
    this.#events.push({ dir, text })
    this.#chars += text.length
    while (this.#events.length > MAX_EVENTS || this.#chars > MAX_CHARS) this.#chars -= this.#events.shift()?.text.length ?? 0
  }
}

/** The event as it was on the wire, with base64 of nothing in place of its sound. */
function withoutAudio({ audio, ...rest }: ResponseOutputAudioDeltaEvent): { type: string } {
  return { ...rest, delta: '', audio_bytes: audio.byteLength } as { type: string }
}

/** Sound and pictures inside items become empty, so that the event keeps its shape. */
function withoutSound(name: string, value: unknown): unknown {
  return (name === 'audio' || name === 'image_url') && typeof value === 'string' ? '' : value
}
