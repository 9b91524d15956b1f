import { floatToInt16, INT16_SCALE, msToFrames } from '../../shared/audio/pcm16.ts'
import { FRAME_SAMPLES, type CaptureMode } from '../../shared/voice-port.ts'
import type { FromCapture, ToCapture } from './worklet-messages.ts'

/** Sound from before a turn that is remembered while armed, ms. */
export const RING_MS = 500
/** Pure zeros for so long, ms, are a microphone that is switched off or not there. */
export const SILENCE_MS = 2000

const RING_FRAMES = msToFrames(RING_MS)
const SILENCE_FRAMES = msToFrames(SILENCE_MS)

export interface CaptureCoreOptions {
  /** Takes what main is to hear. The PCM of a frame is never touched again: it may be transferred. */
  post: (message: FromCapture) => void
}

/**
 * What the capture worklet does with samples, without the audio thread around it (design §3 and
 * `CaptureMode` in `shared/voice-port.ts`). Knows no sample that its mode does not allow: the ring
 * is overwritten with zeros as soon as it is not `armed`, a frame as soon as it is posted.
 */
export class CaptureCore {
  readonly #post: (message: FromCapture) => void
  #mode: CaptureMode = 'off'
  #seq = 0
  /** Index of the next sample on the context's clock. */
  #clock = 0
  readonly #ring = new Int16Array(RING_FRAMES)
  #ringAt = 0
  #ringFilled = 0
  readonly #frame = new Int16Array(FRAME_SAMPLES)
  #frameFilled = 0
  /** Of the 20 ms in progress, in 16-bit units. */
  #peak = 0
  #squares = 0
  #zeros = 0
  #silent = false

  constructor(options: CaptureCoreOptions) {
    this.#post = options.post
  }

  /**
   * Changes the mode. All frames of a `live` stretch lie between its confirmation and the next one.
   */
  setMode({ request, mode, preRollMs }: ToCapture): void {
    const before = this.#mode
    if (before === 'live' && mode !== 'live') this.#postFrame()
    this.#mode = mode
    this.#post({ type: 'capture_mode', request, mode })
    if (mode === before) return
    if (mode === 'live') this.#postRing(msToFrames(preRollMs))
    this.#forget()
    if (mode === 'off') this.#seq = 0
    if (mode === 'off' || mode === 'muted') this.#zeros = 0
    if (mode === 'off') this.#setSilent(false)
  }

  /**
   * Takes one render quantum.
   * @param channels samples -1…1, one array per channel; none while nothing is connected, which counts as silence
   * @param quantum samples per channel
   * @param firstFrame index of the first sample on the context's clock
   */
  process(channels: readonly Float32Array[], quantum: number, firstFrame: number): void {
    if (firstFrame !== this.#clock) this.#skip()
    this.#clock = firstFrame
    if (this.#mode === 'off' || this.#mode === 'muted') {
      this.#clock += quantum
      return
    }
    for (let at = 0; at < quantum; ) {
      const count = Math.min(quantum - at, FRAME_SAMPLES - this.#frameFilled)
      this.#mix(channels, at, count)
      at += count
      this.#clock += count
      if (this.#mode === 'armed') this.#remember(count)
      this.#add(count)
    }
    this.#setSilent(this.#zeros >= SILENCE_FRAMES || (this.#silent && this.#zeros > 0))
  }

  /** Appends samples to the frame in progress (which has room for them), as mono 16-bit. */
  #mix(channels: readonly Float32Array[], from: number, count: number): void {
    const frame = this.#frame
    const filled = this.#frameFilled
    const first = channels[0]
    let zeros = this.#zeros
    for (let i = 0; i < count; i++) {
      let sum = first?.[from + i] ?? 0
      for (let c = 1; c < channels.length; c++) sum += channels[c]?.[from + i] ?? 0
      zeros = sum === 0 ? zeros + 1 : 0
      frame[filled + i] = floatToInt16(channels.length > 1 ? sum / channels.length : sum)
    }
    this.#zeros = zeros
  }

  /** Copies what was just mixed into the ring. */
  #remember(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#ring[this.#ringAt] = this.#frame[this.#frameFilled + i] ?? 0
      this.#ringAt = this.#ringAt + 1 === RING_FRAMES ? 0 : this.#ringAt + 1
    }
    this.#ringFilled = Math.min(RING_FRAMES, this.#ringFilled + count)
  }

  /** Measures samples that were put into the frame in progress, and sends it off when it is full. */
  #add(count: number): void {
    const end = this.#frameFilled + count
    let peak = this.#peak
    let squares = this.#squares
    for (let i = this.#frameFilled; i < end; i++) {
      const sample = this.#frame[i] ?? 0
      const size = sample < 0 ? -sample : sample
      if (size > peak) peak = size
      squares += sample * sample
    }
    this.#peak = peak
    this.#squares = squares
    this.#frameFilled = end
    if (end < FRAME_SAMPLES) return
    if (this.#mode === 'live') {
      this.#postFrame()
    } else {
      this.#post({ type: 'level', ...this.#takeLevel(FRAME_SAMPLES) })
      this.#frameFilled = 0
    }
  }

  #takeLevel(frames: number): { peak: number; rms: number } {
    const level = { peak: this.#peak / INT16_SCALE, rms: Math.sqrt(this.#squares / frames) / INT16_SCALE }
    this.#peak = 0
    this.#squares = 0
    return level
  }

  /** Posts what the frame in progress holds, if anything. */
  #postFrame(): void {
    const filled = this.#frameFilled
    if (filled === 0) return
    const pcm = new Uint8Array(filled * 2)
    const firstFrame = this.#clock - filled
    new Int16Array(pcm.buffer).set(filled === FRAME_SAMPLES ? this.#frame : this.#frame.subarray(0, filled))
    this.#frame.fill(0)
    this.#frameFilled = 0
    this.#post({ type: 'frame', seq: this.#seq++, firstFrame, ...this.#takeLevel(filled), pcm })
  }

  /** Begins a live stretch with the newest samples of the ring; what fills no frame stays in the frame in progress. */
  #postRing(wanted: number): void {
    const frames = Math.min(wanted, this.#ringFilled)
    const now = this.#clock
    this.#peak = 0
    this.#squares = 0
    this.#frameFilled = 0
    for (let left = frames; left > 0; ) {
      const count = Math.min(left, FRAME_SAMPLES - this.#frameFilled)
      for (let i = 0; i < count; i++) {
        this.#frame[this.#frameFilled + i] = this.#ring[(this.#ringAt - left + i + RING_FRAMES) % RING_FRAMES] ?? 0
      }
      left -= count
      this.#clock = now - left
      this.#add(count)
    }
  }

  /** The context's clock jumped: samples before and after it must not look like neighbours. */
  #skip(): void {
    if (this.#mode === 'live') this.#postFrame()
    else this.#forget()
  }

  /** Forgets every sample but those of a frame in progress of a live stretch. */
  #forget(): void {
    this.#ring.fill(0)
    this.#ringAt = 0
    this.#ringFilled = 0
    if (this.#mode === 'live') return
    this.#frame.fill(0)
    this.#frameFilled = 0
    this.#peak = 0
    this.#squares = 0
  }

  #setSilent(silent: boolean): void {
    if (silent === this.#silent) return
    this.#silent = silent
    this.#post({ type: 'microphone_silent', silent })
  }
}
