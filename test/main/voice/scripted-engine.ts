import type { EngineConfig, EngineEvent, EngineSetup, HeardTrack, HistoryItem, TurnDetection, VoiceEngine } from '../../../main/voice/engine.ts'

/** An engine that does nothing by itself: the test reads its calls and speaks for it. */
export class ScriptedEngine implements VoiceEngine {
  readonly calls: string[] = []
  readonly sound: Uint8Array[] = []
  config: EngineConfig | null = null
  heard: readonly HeardTrack[] = []
  #listener: (event: EngineEvent) => void = () => undefined
  #bytes = 0

  /** ms of sound appended in all. */
  get soundMs(): number {
    return this.sound.reduce((sum, pcm) => sum + pcm.byteLength, 0) / 48
  }

  emit(event: EngineEvent): void {
    this.#listener(event)
  }

  start(config: EngineConfig, listener: (event: EngineEvent) => void): void {
    this.config = config
    this.#listener = listener
    this.calls.push('start')
  }

  appendAudio(pcm: Uint8Array): void {
    if (this.calls.at(-1) !== 'append') this.calls.push('append')
    this.sound.push(pcm)
    this.#bytes += pcm.byteLength
  }

  beginTurn(): void {
    this.#bytes = 0
    this.calls.push('begin')
  }

  endTurn(): 'committed' | 'too_short' {
    this.calls.push('end')
    return this.#bytes < 4800 ? 'too_short' : 'committed'
  }

  cancelTurn(): void {
    this.calls.push('cancel')
  }

  sendNow(): void {
    this.calls.push('send now')
  }

  sendText(text: string, itemId: string): void {
    this.calls.push(`text ${text} ${itemId}`)
  }

  tell(item: HistoryItem): void {
    this.calls.push(`tell ${item.id} ${'text' in item ? item.text : item.output}`)
  }

  addContext(text: string): void {
    this.calls.push(`context ${text}`)
  }

  sendImage(): void {
    this.calls.push('image')
  }

  interrupt(heard: readonly HeardTrack[]): void {
    this.heard = heard
    this.calls.push('interrupt')
  }

  sendFunctionOutput(callId: string, output: string): void {
    this.calls.push(`output ${callId} ${output}`)
  }

  requestAnswer({ mayCallTools }: { mayCallTools: boolean }): void {
    this.calls.push(mayCallTools ? 'answer' : 'answer without tools')
  }

  announce(fact: string): void {
    this.calls.push(`announce ${fact}`)
  }

  summarise(text: string): void {
    this.calls.push(`summarise ${text}`)
  }

  setTurnDetection(turnDetection: TurnDetection): void {
    this.calls.push(`detection ${turnDetection.type}`)
  }

  /** What the next {@link reconfigure} answers. */
  changeable = true

  reconfigure(setup: EngineSetup): boolean {
    this.calls.push(`reconfigure ${setup.instructions}`)
    return this.changeable
  }

  stop(): void {
    this.calls.push('stop')
  }
}
