import { WebSocket } from 'ws'
import { bytesOf, type Json } from './index.ts'

/** A client without manners or mercy: plain JSON over `ws`. */
export class Client {
  readonly got: Json[] = []
  readonly socket: WebSocket
  closed: number | null = null

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers })
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data: Buffer) => this.got.push(JSON.parse(data.toString('utf8')) as Json))
    this.socket.on('close', (code) => {
      this.closed = code
    })
  }

  send(type: string, fields: Json = {}): void {
    this.socket.send(JSON.stringify({ type, ...fields }))
  }

  append(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; at += 480) {
      this.send('input_audio_buffer.append', { audio: bytesOf(pcm.slice(at, at + 480)).toString('base64') })
    }
  }

  async until(type: string, count = 1): Promise<Json> {
    const until = performance.now() + 5000
    for (;;) {
      const found = this.got.filter((event) => event['type'] === type)
      const last = found[count - 1]
      if (last !== undefined) return last
      if (performance.now() > until) throw new Error(`no ${type}; got ${this.types.join(' ')}`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  get types(): string[] {
    return this.got.map((event) => String(event['type']))
  }

  /** All sound of answers. */
  get sound(): Int16Array {
    const deltas = this.got.filter((event) => event['type'] === 'response.output_audio.delta')
    const bytes = new Uint8Array(Buffer.concat(deltas.map((event) => Buffer.from(String(event['delta']), 'base64'))))
    return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
  }
}
