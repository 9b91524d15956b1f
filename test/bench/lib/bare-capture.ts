import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { FRAME_SAMPLES, SAMPLE_RATE } from '../../../shared/voice-port.ts'

/** A worklet that gathers frames and posts them, and does nothing else. */
const WORKLET = `registerProcessor('bare', class extends AudioWorkletProcessor {
  frame = new Float32Array(${String(FRAME_SAMPLES)})
  filled = 0
  process([[samples]]) {
    for (const sample of samples ?? []) {
      this.frame[this.filled++] = sample
      if (this.filled < this.frame.length) continue
      this.port.postMessage(this.frame.length)
      this.filled = 0
    }
    return true
  }
})`

/** The least that a page can do with a microphone: what a frame takes here is the platform's own. */
export class BareCapture {
  readonly #page: Page
  readonly #close: () => Promise<void>

  private constructor(page: Page, close: () => Promise<void>) {
    this.#page = page
    this.#close = close
  }

  static async open(browser: Browser): Promise<BareCapture> {
    // A page of its own origin: one without an address is given no microphone.
    const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const context = await browser.newContext()
    await context.grantPermissions(['microphone'])
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`)
    return new BareCapture(page, async () => {
      await context.close()
      server.close()
    })
  }

  /** When each frame came to the page, `performance.now()` there, and how many samples it has. @param settleMs is waited before the first that counts */
  frames(ms: number, settleMs: number): Promise<{ at: number; frames: number }[]> {
    return this.#page.evaluate(
      async ({ worklet, rate, ms, settleMs }) => {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, autoGainControl: true, noiseSuppression: true, channelCount: { ideal: 1 } } })
        const context = new AudioContext({ sampleRate: rate, latencyHint: 'interactive' })
        const url = URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' }))
        await context.audioWorklet.addModule(url)
        const node = new AudioWorkletNode(context, 'bare')
        let seen: { at: number; frames: number }[] = []
        node.port.onmessage = ({ data }: MessageEvent<number>) => {
          seen.push({ at: performance.now(), frames: data })
        }
        context.createMediaStreamSource(stream).connect(node).connect(context.destination)
        const rest = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
        await rest(settleMs)
        seen = []
        await rest(ms)
        const counted = seen
        for (const track of stream.getTracks()) track.stop()
        await context.close()
        URL.revokeObjectURL(url)
        return counted
      },
      { worklet: WORKLET, rate: SAMPLE_RATE, ms, settleMs },
    )
  }

  close(): Promise<void> {
    return this.#close()
  }
}
