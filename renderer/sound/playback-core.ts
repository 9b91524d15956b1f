import { msToFrames, samplesOf } from '../../shared/audio/pcm16.ts'
import type { TrackId, TrackProgress } from '../../shared/voice-port.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { Cue } from './cue.ts'
import { Loudness } from './loudness.ts'
import type { StartDelay } from './start-delay.ts'
import type { FromPlayback, PlaybackState, ToPlayback } from './worklet-messages.ts'

/** Length of every fade that keeps a cut or a gap from clicking, samples (5 ms). */
export const FADE_FRAMES = msToFrames(5)
/** Samples between two position reports (40 ms). */
export const REPORT_FRAMES = msToFrames(40)
/** Newest responses whose late sound is dropped; more are never in flight at once. */
export const DROPPED_KEPT = 64

/**
 * - `idle`: nothing is queued and nothing more is expected.
 * - `waiting`: the first sound of an answer is held back by the start delay.
 * - `playing`: samples leave the queue.
 * - `starved`: the queue ran dry in the middle of a track.
 */
type State = 'idle' | 'waiting' | 'playing' | 'starved'

export interface PlaybackCoreOptions {
  post: (message: FromPlayback) => void
  startDelay: StartDelay
}

/**
 * What the playback worklet does with assistant sound, without the audio thread around it:
 * one queue for the life of the app, exact counts of what was rendered of each track, fades
 * where sound is cut or missing (design §3, §4 "Heard"; `audio/design.md` §2 "Playback").
 * Rendering allocates only for a report.
 */
export class PlaybackCore {
  readonly #post: (message: FromPlayback) => void
  readonly #startDelay: StartDelay
  readonly #loudness = new Loudness()
  readonly #cue = new Cue()
  /** Samples rendered so far. */
  #clock = 0
  /** The answer in progress: when its first chunk came, how much has come, how late its latest chunk was. */
  #answerBegan = 0
  #answerFrames = 0
  #answerLate = 0
  #state: State = 'idle'
  #queue = new ChunkQueue()
  /** Tracks not yet reported as played out, by key, in order of arrival. */
  readonly #tracks = new Map<string, TrackProgress>()
  /** Track of the last sample rendered. */
  #current: TrackProgress | null = null
  /** Responses whose sound is no longer wanted. */
  readonly #dropped = new Set<string>()
  #delayLeft = 0
  #fadeInLeft = 0
  /** What was cut and is still fading out. */
  #fading: { queue: ChunkQueue; left: number; total: number } | null = null
  /** Flushes to be answered when the fade is over. */
  #flushes: { generation: number; tracks: TrackProgress[] }[] = []
  /** Sound that stopped without a fade of its own decays from its last sample. */
  #decayFrom = 0
  #decayLeft = 0
  #held = false
  /** The last sample rendered of what is played. */
  #last = 0
  #starvations = 0
  #starvedFrames = 0
  /** Length of the gap in progress; it counts only once it is known to have been in the middle of a track. */
  #gap = 0
  #sinceReport = 0
  #reportDue = false

  constructor(options: PlaybackCoreOptions) {
    this.#post = options.post
    this.#startDelay = options.startDelay
  }

  /** Carries out one command. */
  receive(message: ToPlayback): void {
    switch (message.type) {
      case 'audio':
        this.#audio(message, message.pcm)
        break
      case 'audio_done':
        this.#audioDone(message)
        break
      case 'flush':
        this.#flush(message.generation, message.response_ids)
        break
      case 'speaker':
        this.#loudness.set(message.muted, message.volume)
        break
      case 'cue':
        this.#cue.play(message.cue)
        break
      case 'hold':
        this.#hold(message.held)
        break
      case 'hand_over':
        this.#post({ type: 'handed_over', state: this.#handOver() })
        break
      case 'take_over':
        this.#takeOver(message.state)
        break
    }
  }

  /** Renders one quantum, of any length. */
  render(out: Float32Array): void {
    const busy = this.#state !== 'idle' || this.#fading !== null
    for (let at = 0; at < out.length; ) {
      const count = this.#fading ? this.#renderFade(this.#fading, out, at) : this.#renderState(out, at)
      this.#addDecay(out, at, count)
      at += count
      this.#last = out[at - 1] ?? 0
      this.#endIfDry(this.#last)
    }
    this.#cue.mixInto(out)
    this.#clock += out.length
    this.#loudness.apply(out)
    if (busy) this.#sinceReport += out.length
    if (this.#reportDue || this.#sinceReport >= REPORT_FRAMES) this.#report()
  }

  /** Renders at least one sample, as the state demands; returns how many. */
  #renderState(out: Float32Array, at: number): number {
    let left = out.length - at
    if (this.#held) {
      // Whoever is held is not late.
      this.#answerBegan += left
      out.fill(0, at, at + left)
      return left
    }
    if (this.#state === 'waiting' && (this.#delayLeft === 0 || this.#queue.track?.complete === true)) {
      this.#state = 'playing'
    }
    if (this.#state === 'playing') {
      this.#current = this.#queue.track
      const count = this.#queue.read(out, at, left)
      this.#fadeIn(out, at, count)
      return count
    }
    if (this.#state === 'waiting') {
      left = Math.min(left, this.#delayLeft)
      this.#delayLeft -= left
    } else if (this.#state === 'starved') {
      this.#gap += left
    }
    out.fill(0, at, at + left)
    return left
  }

  #renderFade(fading: { queue: ChunkQueue; left: number; total: number }, out: Float32Array, at: number): number {
    this.#current = fading.queue.track
    const count = fading.queue.read(out, at, Math.min(fading.left, out.length - at))
    this.#fadeIn(out, at, count)
    for (let i = at; i < at + count; i++) {
      out[i] = ((out[i] ?? 0) * (fading.left - 1)) / fading.total
      fading.left--
    }
    if (fading.left === 0) {
      this.#fading = null
      this.#answerFlushes()
    }
    return count
  }

  #fadeIn(out: Float32Array, at: number, count: number): void {
    for (let i = at; i < at + count && this.#fadeInLeft > 0; i++) {
      out[i] = (out[i] ?? 0) * (1 - this.#fadeInLeft / (FADE_FRAMES + 1))
      this.#fadeInLeft--
    }
  }

  #addDecay(out: Float32Array, at: number, count: number): void {
    for (let i = at; i < at + count && this.#decayLeft > 0; i++) {
      this.#decayLeft--
      out[i] = (out[i] ?? 0) + (this.#decayFrom * this.#decayLeft) / FADE_FRAMES
    }
  }

  /** Leaves `playing` when the queue ran dry; `last` is the last sample rendered. */
  #endIfDry(last: number): void {
    if (this.#state !== 'playing' || this.#queue.frames > 0 || this.#fading) return
    this.#decayFrom = last
    this.#decayLeft = FADE_FRAMES
    this.#gap = 0
    this.#state = this.#current?.complete === false ? 'starved' : 'idle'
    this.#reportDue = this.#state === 'idle'
  }

  /** Sound that is held back ends and goes on without a click, and without losing a sample. */
  #hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    if (this.#state !== 'playing') return
    if (held && !this.#fading) {
      this.#decayFrom = this.#last
      this.#decayLeft = FADE_FRAMES
    } else if (!held) this.#fadeInLeft = FADE_FRAMES
  }

  #audio(id: TrackId, pcm: Uint8Array): void {
    if (this.#dropped.has(id.response_id)) return
    const samples = samplesOf(pcm)
    const track = this.#track(id)
    track.framesReceived += samples.length
    this.#queue.push(track, samples)
    if (samples.length === 0) return
    this.#noteArrival(samples.length)
    if (this.#state === 'starved') {
      this.#countGap()
      this.#fadeInLeft = FADE_FRAMES
      this.#state = 'playing'
    } else if (this.#state === 'idle') {
      if (!this.#fading) this.#beginMeasuring()
      this.#delayLeft = this.#startDelay.frames()
      this.#state = 'waiting'
    }
  }

  /** How long this answer would have had to be held back for this chunk to be in time. */
  #noteArrival(frames: number): void {
    if (this.#state === 'idle') {
      this.#learnDelay()
      this.#answerBegan = this.#clock
    } else {
      this.#answerLate = Math.max(this.#answerLate, this.#clock - this.#answerBegan - this.#answerFrames)
    }
    this.#answerFrames += frames
  }

  /** What the last answer taught goes into the next one's start. */
  #learnDelay(): void {
    if (this.#answerFrames > 0) this.#startDelay.learn(this.#answerLate)
    this.#answerFrames = 0
    this.#answerLate = 0
  }

  #audioDone(id: TrackId): void {
    const track = this.#tracks.get(keyOf(id))
    if (!track) return
    track.complete = true
    if (this.#state === 'starved' && track === this.#current) {
      // All of it had been played: that was no gap but the end.
      this.#state = 'idle'
    }
    if (this.#state === 'idle') this.#report()
  }

  #flush(generation: number, responseIds: readonly string[]): void {
    for (const id of responseIds) this.#drop(id)
    if (this.#state === 'starved') this.#countGap()
    this.#flushes.push({ generation, tracks: [...this.#tracks.values()] })
    this.#tracks.clear()
    if (this.#state === 'playing' && !this.#fading && !this.#held) {
      const total = Math.min(FADE_FRAMES, this.#queue.frames)
      this.#fading = { queue: this.#queue, left: total, total }
      this.#queue = new ChunkQueue()
    } else {
      this.#queue.drain()
    }
    this.#state = 'idle'
    if (!this.#fading) this.#answerFlushes()
  }

  #answerFlushes(): void {
    const flushes = this.#flushes
    this.#flushes = []
    for (const { generation, tracks } of flushes) this.#post({ type: 'flushed', generation, tracks })
    this.#reportDue = true
  }

  /** Silence between answers belongs to no report. */
  #beginMeasuring(): void {
    this.#loudness.forget()
    this.#sinceReport = 0
  }

  #track(id: TrackId): TrackProgress {
    const key = keyOf(id)
    let track = this.#tracks.get(key)
    if (!track) {
      const { response_id, item_id, content_index } = id
      track = { response_id, item_id, content_index, framesPlayed: 0, framesReceived: 0, complete: false }
      this.#tracks.set(key, track)
    }
    return track
  }

  #drop(responseId: string): void {
    this.#dropped.delete(responseId)
    this.#dropped.add(responseId)
    for (const oldest of this.#dropped) {
      if (this.#dropped.size <= DROPPED_KEPT) break
      this.#dropped.delete(oldest)
    }
  }

  #countGap(): void {
    if (this.#gap === 0) return
    this.#starvations++
    this.#starvedFrames += this.#gap
    this.#gap = 0
  }

  #report(): void {
    const sounding = this.#state === 'playing' || this.#fading !== null
    const playing = sounding ? this.#current : null
    this.#post({
      type: 'playback',
      playing: playing && { response_id: playing.response_id, item_id: playing.item_id, content_index: playing.content_index },
      tracks: [...this.#tracks.values()].map((track) => ({ ...track })),
      ...this.#loudness.take(),
      starvations: this.#starvations,
      starvedFrames: this.#starvedFrames,
    })
    for (const [key, track] of this.#tracks) {
      if (track.complete && track.framesPlayed === track.framesReceived) this.#tracks.delete(key)
    }
    this.#sinceReport = 0
    this.#reportDue = false
  }

  #handOver(): PlaybackState {
    this.#fading = null
    this.#answerFlushes()
    const tracks = [...this.#tracks.values()]
    const chunks = this.#queue.drain().map(({ track, samples }) => ({ track: tracks.indexOf(track), samples }))
    this.#tracks.clear()
    this.#state = 'idle'
    return {
      tracks,
      chunks,
      dropped: [...this.#dropped],
      muted: this.#loudness.muted,
      volume: this.#loudness.volume,
      starvations: this.#starvations,
      starvedFrames: this.#starvedFrames,
    }
  }

  #takeOver(state: PlaybackState): void {
    for (const id of state.dropped) this.#drop(id)
    this.#loudness.set(state.muted, state.volume)
    this.#starvations = state.starvations
    this.#starvedFrames = state.starvedFrames
    for (const track of state.tracks) this.#tracks.set(keyOf(track), track)
    for (const { track, samples } of state.chunks) {
      const known = state.tracks[track]
      if (known) this.#queue.push(known, samples)
    }
    if (this.#queue.frames > 0) this.#state = 'waiting'
    this.#fadeInLeft = FADE_FRAMES
  }
}

function keyOf(id: TrackId): string {
  return `${id.response_id}\n${id.item_id}\n${String(id.content_index)}`
}
