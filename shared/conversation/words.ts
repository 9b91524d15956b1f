import type { ReceivedItem } from '../realtime/items.ts'
import type { ServerEventOf } from '../realtime/server-events.ts'
import type { AudioFormat } from '../realtime/session.ts'
import type { TrackProgress } from '../voice-port.ts'
import { estimateHeardChars, framesToMs } from './heard.ts'
import type { Item } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { Heard, TextState } from './model.ts'

/** What is said in messages, and how much of it was heard. */
export class Words {
  readonly #ledger: Ledger
  /** Bytes of the answer's sound in one millisecond. */
  #bytesPerMs = 48

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** The session's output format: 24 kHz PCM16, or G.711 at 8 kHz. */
  setFormat(format: AudioFormat | undefined): void {
    this.#bytesPerMs = format?.type === 'audio/pcmu' || format?.type === 'audio/pcma' ? 8 : 48
  }

  /** Takes what a received message already carries. @param final nothing more of it will come */
  fill(item: Item, received: ReceivedItem & { type: 'message' }, final: boolean): void {
    // An answer that begins carries at most the beginning of its text, which its deltas bring as well.
    if (received.role === 'assistant' && !final && received.status === 'in_progress') return
    received.content.forEach((part, index) => {
      if (part.type === 'output_text' || part.type === 'input_text') this.set(item, index, part.text)
      else if (part.type === 'output_audio') {
        this.speaks(item)
        if (part.transcript) this.set(item, index, part.transcript)
      } else if (part.type === 'input_audio' && part.transcript) this.set(item, index, part.transcript)
    })
  }

  /** Some text of one speaker; of an item that is another's it is ignored. */
  append(item: Item | undefined, contentIndex: number, delta: string, role: 'user' | 'assistant'): void {
    const entry = item?.entry
    if (entry?.kind !== 'message' || !item || entry.role !== role || entry.heard?.cut) return
    const added = item.parts.append(contentIndex, delta)
    if (added === null) this.#ledger.change(item, { text: item.parts.text, textState: 'partial' })
    else if (added !== '') this.#ledger.append(item, entry, added)
  }

  /** The whole text of a part. */
  set(item: Item | undefined, contentIndex: number, whole: string): void {
    const entry = item?.entry
    if (entry?.kind !== 'message' || !item || entry.heard?.cut) return
    item.parts.set(contentIndex, whole)
    this.#shown(item, item.parts.final ? 'final' : 'partial')
    if (item.heard) this.#update(item, false)
  }

  /** The person's words, or that there are none. */
  transcribed(item: Item, contentIndex: number, transcript: string, otherwise: 'empty' | 'failed'): void {
    if (item.entry?.role !== 'user') return
    item.parts.set(contentIndex, transcript)
    this.#shown(item, item.parts.isEmpty ? otherwise : 'final')
    this.#ledger.finish(item)
  }

  /** An answer has sound. */
  speaks(item: Item | undefined): void {
    if (item?.entry?.kind !== 'message' || item.entry.heard !== null || item.role !== 'assistant') return
    this.#ledger.change(item, { source: 'voice', heard: { ms: 0, audioMs: 0, chars: 0, cut: false } })
  }

  /** Sound that passes through here, as in a replay. */
  sounds(item: Item | undefined, event: ServerEventOf<'response.output_audio.delta' | 'response.output_audio.done'>): void {
    if (!item) return
    this.speaks(item)
    if (event.type === 'response.output_audio.delta') item.audioBytes += event.audio.byteLength
    else item.audioDone = true
  }

  /** Some of a track has been played. @param cut the rest of it will never be heard */
  played(track: TrackProgress, cut: boolean): void {
    const item = this.#ledger.get(track.item_id)
    if (item?.entry?.kind !== 'message' || item.role !== 'assistant') return
    item.heard ??= new Map()
    item.heard.set(track.content_index, {
      ms: framesToMs(track.framesPlayed),
      audioMs: framesToMs(track.framesReceived),
      complete: track.complete,
    })
    this.#update(item, cut)
  }

  /** Where nothing plays here, the server's word tells how much was heard. */
  truncated(item: Item | undefined, event: ServerEventOf<'conversation.item.truncated'>): void {
    if (item?.entry?.kind !== 'message' || item.role !== 'assistant') return
    const ms = Math.floor(event.audio_end_ms)
    const audioMs = Math.max(ms, Math.floor(item.audioBytes / this.#bytesPerMs))
    item.heard ??= new Map([[event.content_index, { ms, audioMs, complete: item.audioDone && audioMs > ms }]])
    this.#update(item, true)
  }

  #shown(item: Item, textState: TextState): void {
    const { text } = item.parts
    if (text !== item.entry?.text || textState !== item.entry.textState) this.#ledger.change(item, { text, textState })
  }

  #update(item: Item, cut: boolean): void {
    const { entry, heard: played } = item
    if (entry?.kind !== 'message' || played === null) return
    let ms = 0
    let audioMs = 0
    let complete = entry.textState === 'final'
    for (const part of played.values()) {
      ms += part.ms
      audioMs += part.audioMs
      complete &&= part.complete
    }
    const before = entry.heard
    const chars = Math.max(before?.chars ?? 0, estimateHeardChars(entry.text, ms, audioMs, complete))
    const heard: Heard = { ms, audioMs, chars: Math.min(chars, entry.text.length), cut: cut || (before?.cut ?? false) }
    if (before?.ms === ms && before.audioMs === audioMs && before.chars === heard.chars && before.cut === heard.cut) return
    this.#ledger.setHeard(item, entry, heard)
  }
}
