import { framesToMs } from '../../shared/conversation/heard.ts'
import type { FromSoundRoom, TrackId, TrackProgress } from '../../shared/voice-port.ts'
import type { HeardTrack } from './engine.ts'
import type { SoundPort } from './sound-port.ts'

/** Longest wait for the worklet's answer to a flush, ms; past it the last report counts. */
const FLUSH_TIMEOUT_MS = 400
/** Sound that is there and does not go on for so long will not be heard: the speaker is gone or the sound room stands still, ms. */
const STILL_MS = 30_000
/** Newest responses whose late sound is refused; more are never in flight at once. */
const DEAD_RESPONSES_KEPT = 64

export interface PlaybackOptions {
  sound: SoundPort
  /** Frames of a track were played, or a track ended or was cut. */
  onProgress: (track: TrackProgress, cut: boolean) => void
  /** Sound began or ended. */
  onChange: () => void
  /** What there is to be heard is not played. */
  onStill: () => void
}

/**
 * What the speaker plays, as the playback worklet reports it: which track sounds, how much of
 * each was heard, and the cut (`audio/design.md` §2 "Barge-in"): flush first, everything else after.
 */
export class Playback {
  readonly #options: PlaybackOptions
  readonly #tracks = new Map<string, TrackProgress>()
  readonly #dead = new Set<string>()
  /** Tracks whose rest never came. */
  readonly #torn = new WeakSet<TrackProgress>()
  #playing = false
  /** Runs while anything is there to be played; anew with each sample that is. */
  #still: NodeJS.Timeout | null = null
  #generation = 0
  /** Cuts that the worklet has not answered yet, in order. */
  #pending: { generation: number; timer: NodeJS.Timeout; done: (heard: HeardTrack[]) => void }[] = []

  constructor(options: PlaybackOptions) {
    this.#options = options
  }

  /** Something is sounding now. */
  get playing(): boolean {
    return this.#playing
  }

  /** Something is sounding or waiting to. */
  get busy(): boolean {
    return this.#tracks.size > 0
  }

  /** Something that was received is still to be heard. */
  get unheard(): boolean {
    return [...this.#tracks.values()].some((track) => track.framesPlayed < track.framesReceived)
  }

  /** A cut has been ordered and the worklet has not yet answered. */
  get flushing(): boolean {
    return this.#pending.length > 0
  }

  /** Queues assistant sound; sound of a response that was cut is dropped. @returns whether it will be heard */
  play(track: TrackId, pcm: Uint8Array): boolean {
    if (this.#dead.has(track.response_id)) return false
    const key = trackKey(track)
    const known = this.#tracks.get(key)
    const frames = pcm.byteLength / 2
    if (known) known.framesReceived += frames
    else this.#tracks.set(key, { ...trackId(track), framesPlayed: 0, framesReceived: frames, complete: false })
    this.#options.sound.post({ type: 'audio', ...trackId(track), pcm })
    if (!known) this.#options.onChange()
    if (!this.#still) this.#goesOn()
    return true
  }

  /** All sound of the track has been queued. */
  complete(track: TrackId): void {
    if (this.#dead.has(track.response_id)) return
    const known = this.#tracks.get(trackKey(track))
    if (known) known.complete = true
    this.#options.sound.post({ type: 'audio_done', ...trackId(track) })
  }

  /** The response is over: no more sound of it will come, whether or not its server said so for each part. */
  endResponse(responseId: string): void {
    for (const track of this.#tracks.values()) {
      if (track.response_id === responseId && !track.complete) this.complete(track)
    }
  }

  /** The connection is gone: no more sound of any response will come, although there was to be more. */
  breakOff(): void {
    for (const track of this.#tracks.values()) {
      if (track.complete) continue
      this.complete(track)
      this.#torn.add(track)
    }
  }

  /** Whether something of an item sounds or waits to. */
  has(itemId: string): boolean {
    return [...this.#tracks.values()].some((track) => track.item_id === itemId)
  }

  /**
   * Silences everything now and forgets the responses named: what of them is still to come is dropped.
   * @param done called once with what was heard of every track that was playing or queued
   */
  cut(responseIds: readonly string[], done: (heard: HeardTrack[]) => void): void {
    const dead = new Set([...responseIds, ...[...this.#tracks.values()].map((t) => t.response_id)])
    for (const id of dead) this.#dead.add(id)
    for (const id of this.#dead) {
      if (this.#dead.size <= DEAD_RESPONSES_KEPT) break
      this.#dead.delete(id)
    }
    // Of two cuts in a row the first is told what was heard, and the second what came in between.
    const generation = ++this.#generation
    this.#pending.push({
      generation,
      done,
      timer: setTimeout(() => {
        this.#settle(generation, [...this.#tracks.values()])
      }, FLUSH_TIMEOUT_MS),
    })
    this.#options.sound.post({ type: 'flush', generation, response_ids: [...dead] })
  }

  /** The speaker cannot be used for now: nothing sounds. */
  paused(): void {
    if (!this.#playing) return
    this.#playing = false
    this.#options.onChange()
  }

  /** The sound room is gone: the last report is what was heard. */
  lost(): HeardTrack[] {
    const heard = this.#cutTracks([...this.#tracks.values()])
    const [first, ...further] = this.#pending.splice(0)
    if (!first) return heard
    for (const { timer } of [first, ...further]) clearTimeout(timer)
    first.done(heard)
    for (const { done } of further) done([])
    return []
  }

  /** Takes what the sound room says about playback. */
  receive(message: FromSoundRoom): void {
    if (message.type === 'flushed') {
      this.#settle(message.generation, message.tracks)
    } else if (message.type === 'playback') {
      for (const track of message.tracks) this.#progress(track)
      const playing = this.busy && !this.flushing && (this.#playing || message.playing !== null)
      if (playing !== this.#playing) {
        this.#playing = playing
        this.#options.onChange()
      }
    }
  }

  #progress(reported: TrackProgress): void {
    const key = trackKey(reported)
    const known = this.#tracks.get(key)
    if (!known) return
    const before = known.framesPlayed
    known.framesPlayed = Math.min(reported.framesPlayed, known.framesReceived)
    this.#tellProgress(known, false)
    if (known.framesPlayed > before) this.#goesOn()
    if (known.complete && known.framesPlayed >= known.framesReceived) {
      this.#tracks.delete(key)
      if (!this.busy) this.#standDown()
      this.#options.onChange()
    }
  }

  /** Of a track that is torn, the rest will never be heard, even when all that has come was. */
  #tellProgress(track: TrackProgress, cut: boolean): void {
    const torn = this.#torn.has(track)
    const over = track.complete && track.framesPlayed >= track.framesReceived
    this.#options.onProgress(torn ? { ...track, complete: false } : track, cut || (torn && over))
  }

  #goesOn(): void {
    this.#standDown()
    this.#still = setTimeout(() => {
      this.#still = null
      // An answer that is starved waits for its server, which others watch.
      if (this.unheard) this.#options.onStill()
      else if (this.busy) this.#goesOn()
    }, STILL_MS)
  }

  #standDown(): void {
    if (this.#still) clearTimeout(this.#still)
    this.#still = null
  }

  #settle(generation: number, reported: readonly TrackProgress[]): void {
    const at = this.#pending.findIndex((pending) => pending.generation === generation)
    const pending = this.#pending[at]
    if (!pending) return
    clearTimeout(pending.timer)
    this.#pending.splice(at, 1)
    pending.done(this.#cutTracks(reported))
  }

  #cutTracks(reported: readonly TrackProgress[]): HeardTrack[] {
    const heard: HeardTrack[] = []
    for (const report of reported) {
      const known = this.#tracks.get(trackKey(report))
      if (!known) continue
      known.framesPlayed = Math.min(report.framesPlayed, known.framesReceived)
      const whole = known.complete && known.framesPlayed >= known.framesReceived
      this.#tellProgress(known, !whole)
      heard.push({
        ...trackId(known),
        heardMs: framesToMs(known.framesPlayed),
        receivedMs: framesToMs(known.framesReceived),
        complete: known.complete,
      })
    }
    if (this.#pending.length === 0) this.#tracks.clear()
    else for (const track of heard) this.#tracks.delete(trackKey(track))
    this.#playing = false
    if (!this.busy) this.#standDown()
    this.#options.onChange()
    return heard
  }
}

function trackKey(track: TrackId): string {
  return `${track.item_id}\n${String(track.content_index)}`
}

function trackId(track: TrackId): TrackId {
  return { response_id: track.response_id, item_id: track.item_id, content_index: track.content_index }
}
