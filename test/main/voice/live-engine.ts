import type { EngineConfig, EngineEvent, HeardTrack, VoiceEngine } from '../../../main/voice/engine.ts'
import { failure, type Failure } from '../../../shared/failure.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import { speech } from './conformance.ts'

/**
 * An engine shaped like OpenAI's Live API: one continuous exchange in which push-to-talk is mute
 * and unmute. Its server knows no commit, no response.create and no truncate; it hears the end of
 * a turn by the mute, answers by itself, and stops when it is spoken over. It stands for the
 * second engine: what works with it and with Realtime needs nothing of either.
 */
export class LiveEngine implements VoiceEngine {
  #listener: (event: EngineEvent) => void = () => undefined
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new'
  #timers = new Set<NodeJS.Timeout>()
  #speaking: { response_id: string; dead: boolean } | null = null
  #turn: Uint8Array[] | null = null
  #turnId = 0
  #queue = 0
  /** Samples that the server was sent. */
  heardByServer = 0

  start(config: EngineConfig, listener: (event: EngineEvent) => void): void {
    this.#state = 'starting'
    this.#listener = listener
    this.#later(20, () => {
      this.#state = 'open'
      this.#emit({ type: 'opened', model: 'live', expiresAt: null })
      if (config.greet) this.#answer()
    })
  }

  appendAudio(pcm: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#turn?.push(pcm)
    this.heardByServer += pcm.byteLength / 2
  }

  /** Unmute. */
  beginTurn(): void {
    this.#turn = []
  }

  /** Mute: the silence that follows tells the server that the turn is over. */
  endTurn(): 'committed' | 'too_short' {
    const ms = (this.#turn ?? []).reduce((sum, pcm) => sum + pcm.byteLength / 48, 0)
    this.#turn = null
    if (ms < 100) return 'too_short'
    const item_id = `turn_${String(++this.#turnId)}`
    this.#later(5, () => {
      this.#converse({ type: 'input_audio_buffer.committed', item_id })
      this.#emit({ type: 'turn_committed', item_id, audioMs: ms })
      this.#answer()
    })
    return 'committed'
  }

  cancelTurn(): void {
    this.#turn = null
  }

  sendNow(): void {
    // Its server hears by itself when somebody has done.
  }

  sendText(text: string, itemId: string): void {
    if (this.#state !== 'open') return
    this.#converse({
      type: 'conversation.item.added',
      item: { id: itemId, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    })
    this.#answer()
  }

  tell(): void {
    // session.context.append, as for any context.
  }

  addContext(): void {
    // session.context.append: the model reads it when it speaks next.
  }

  sendImage(): void {
    // The voice model of the Live API takes none.
  }

  /** Being spoken over is all that this server understands. */
  interrupt(_heard: readonly HeardTrack[]): void {
    this.#queue = 0
    const speaking = this.#speaking
    if (speaking) speaking.dead = true
  }

  sendFunctionOutput(): void {
    // Work is delegated to a backend model; its results are appended as context.
  }

  requestAnswer(): void {
    this.#answer()
  }

  announce(): void {
    this.#answer()
  }

  summarise(): void {
    // Its server makes no text beside the exchange.
    this.#later(5, () => {
      this.#emit({ type: 'summary', text: null })
    })
  }

  setTurnDetection(): void {
    // The server always listens.
  }

  /** What a session of the Live API is, it stays. */
  reconfigure(): boolean {
    return false
  }

  stop(): void {
    this.#close(null)
  }

  /** The server ends the session. */
  endByServer(): void {
    this.#close(failure('closed_by_server', { code: 1011 }, ['retry']))
  }

  #answer(): void {
    if (this.#speaking) {
      this.#queue++
      return
    }
    const response_id = `resp_${String(Math.random())}`
    const track = { response_id, item_id: `item_${response_id}`, content_index: 0 }
    const speaking = { response_id, dead: false }
    this.#speaking = speaking
    this.#later(10, () => {
      if (!speaking.dead) this.#emit({ type: 'response_started', response_id })
      for (let i = 0; i < 10; i++) {
        this.#later(10 + i * 5, () => {
          if (!speaking.dead) this.#emit({ type: 'audio', ...track, pcm: speech(100) })
        })
      }
      this.#later(80, () => {
        if (!speaking.dead) this.#emit({ type: 'audio_done', ...track })
        this.#speaking = null
        this.#emit({ type: 'response_ended', response_id, status: speaking.dead ? 'cancelled' : 'completed', reason: '', tokens: 0 })
        if (this.#queue > 0) {
          this.#queue--
          this.#answer()
        }
      })
    })
  }

  #converse(event: ServerEvent): void {
    this.#emit({ type: 'conversation', event })
  }

  #close(why: Failure | null): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    for (const timer of this.#timers) clearTimeout(timer)
    this.#listener({ type: 'closed', failure: why, retry: why !== null })
  }

  #emit(event: EngineEvent): void {
    if (this.#state === 'open') this.#listener(event)
  }

  #later(ms: number, job: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      job()
    }, ms)
    this.#timers.add(timer)
  }
}
