import { framesToMs } from '../../shared/audio/pcm16.ts'
import type { TrackId, TrackProgress } from '../../shared/voice-port.ts'
import type { EngineEvent } from './engine.ts'
import type { TurnSink } from './turn.ts'

/** Sound from before the server hears speech that belongs to a turn on the open line, ms: what it keeps itself, and its delay. */
const BEFORE_SPEECH_MS = 800

/** The file of one turn, as the history makes it. Nothing here throws. */
export interface SoundFile {
  write(pcm: Uint8Array): void
  /** Which item the turn became. */
  name(itemId: string): void
  end(): Promise<void>
  /** The turn was not meant. */
  discard(): Promise<void>
}

export interface KeptSoundOptions {
  /** A turn begins. @param itemId where it is known. @returns null: sound is not kept */
  begin: (itemId: string | null) => SoundFile | null
}

/** An answer that is being played: what was received of it and not heard yet waits in `queue`. */
interface Answer {
  file: SoundFile
  queue: Uint8Array[]
  /** Frames written, which is what was heard. */
  written: number
}

/**
 * The sound of a conversation, one file a turn, while the person wants it: the person's turns as
 * they were sent, Parley's as they were heard, cut where they were cut.
 */
export class KeptSound {
  readonly #options: KeptSoundOptions
  /** The turn that is being sent. */
  #turn: SoundFile | null = null
  /** Turns that were committed and have no item yet, in order; null: one that is not kept. */
  #committed: (SoundFile | null)[] = []
  /** The newest sound of the open line, as long as nobody speaks there. */
  #recent: Uint8Array[] = []
  #line: SoundFile | null = null
  readonly #answers = new Map<string, Answer | null>()
  readonly #writing = new Set<Promise<void>>()

  constructor(options: KeptSoundOptions) {
    this.#options = options
  }

  /** What a turn is sent to goes into its file too. */
  sink(engine: TurnSink): TurnSink {
    return {
      beginTurn: () => {
        this.cancelled()
        this.#turn = this.#options.begin(null)
        engine.beginTurn()
      },
      appendAudio: (pcm) => {
        this.#turn?.write(pcm)
        engine.appendAudio(pcm)
      },
      endTurn: () => {
        const outcome = engine.endTurn()
        if (outcome === 'committed') this.#committed.push(this.#turn)
        else this.#discard(this.#turn)
        this.#turn = null
        return outcome
      },
    }
  }

  /** The turn that was being sent was not meant, or is sent anew. */
  cancelled(): void {
    this.#discard(this.#turn)
    this.#turn = null
  }

  /** Sound that the open line hears. */
  line(pcm: Uint8Array): void {
    if (this.#line) {
      this.#line.write(pcm)
      return
    }
    this.#recent.push(pcm)
    let ms = this.#recent.reduce((sum, one) => sum + framesToMs(one.byteLength / 2), 0)
    while (ms > BEFORE_SPEECH_MS) ms -= framesToMs((this.#recent.shift()?.byteLength ?? 0) / 2)
  }

  /** Takes what the engine says. */
  receive(event: EngineEvent): void {
    if (event.type === 'speech_started' && !this.#line) {
      this.#line = this.#options.begin(null)
      for (const pcm of this.#recent) this.#line?.write(pcm)
      this.#recent = []
    } else if (event.type === 'turn_committed') {
      const file = this.#committed.length > 0 ? (this.#committed.shift() ?? null) : this.#line
      if (file === this.#line) this.#line = null
      file?.name(event.item_id)
      this.#end(file)
    }
  }

  /** Sound of an answer was queued for the speaker. */
  queued(track: TrackId, pcm: Uint8Array): void {
    const key = keyOf(track)
    let answer = this.#answers.get(key)
    if (answer === undefined) {
      const file = this.#options.begin(track.item_id)
      answer = file && { file, queue: [], written: 0 }
      this.#answers.set(key, answer)
    }
    answer?.queue.push(pcm)
  }

  /** So much of an answer was heard. @param cut the rest will never be */
  heard(track: TrackProgress, cut: boolean): void {
    const key = keyOf(track)
    const answer = this.#answers.get(key)
    if (answer) writeUpTo(answer, track.framesPlayed)
    if (!cut && !(track.complete && track.framesPlayed >= track.framesReceived)) return
    this.#answers.delete(key)
    if (answer) this.#end(answer.file)
  }

  /** The connection is gone: turns that were committed to it will get no name. */
  lost(): void {
    this.cancelled()
    for (const file of [...this.#committed, this.#line]) this.#discard(file)
    this.#committed = []
    this.#line = null
    this.#recent = []
  }

  /** Resolves when what is over is on the disk. */
  async idle(): Promise<void> {
    await Promise.all(this.#writing)
  }

  #end(file: SoundFile | null): void {
    if (file) this.#follow(file.end())
  }

  #discard(file: SoundFile | null): void {
    if (file) this.#follow(file.discard())
  }

  #follow(done: Promise<void>): void {
    this.#writing.add(done)
    void done.finally(() => this.#writing.delete(done))
  }
}

function writeUpTo(answer: Answer, frames: number): void {
  for (let first = answer.queue[0]; first && answer.written < frames; first = answer.queue[0]) {
    const whole = first.byteLength / 2
    const wanted = Math.min(whole, frames - answer.written)
    answer.file.write(wanted === whole ? first : first.slice(0, wanted * 2))
    answer.written += wanted
    if (wanted === whole) answer.queue.shift()
    else answer.queue[0] = first.slice(wanted * 2)
  }
}

function keyOf(track: TrackId): string {
  return `${track.item_id}\n${String(track.content_index)}`
}
