import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build, loadConfigFromFile } from 'vite'
import { CSP } from '../../../main/desktop/csp.ts'
import type { FromSoundRoom, ToSoundRoom, TrackId } from '../../../shared/voice-port.ts'
import { launchBrowser } from '../../chromium.ts'
import { startSoundCard, type SoundCard } from '../../sound-card/index.ts'

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url))

const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' }

/** The built sound room on a server of its own. */
export interface SoundRoomSite {
  url: string
  /** Paths that were asked for. */
  requested: string[]
  close(): void
}

/** Builds the sound room as the app does and serves it under the production CSP. */
export async function serveSoundRoom(): Promise<SoundRoomSite> {
  const outDir = mkdtempSync(join(tmpdir(), 'parley-sound-room-'))
  const loaded = await loadConfigFromFile({ command: 'build', mode: 'production' }, join(projectRoot, 'vite.renderer.config.ts'))
  if (!loaded) throw new Error('vite.renderer.config.ts is missing')
  await build({
    ...loaded.config,
    configFile: false,
    logLevel: 'warn',
    build: { ...loaded.config.build, outDir, rolldownOptions: { input: { sound: join(projectRoot, 'renderer/sound.html') } } },
  })
  const requested: string[] = []
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    requested.push(path)
    try {
      const body = readFileSync(join(outDir, path))
      const type = TYPES[extname(path)] ?? 'application/octet-stream'
      response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff' })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/sound.html`,
    requested,
    close() {
      server.close()
      server.closeAllConnections()
      rmSync(outDir, { recursive: true, force: true })
    },
  }
}

/** Starts Chromium so that it uses the given sound card and asks nobody. */
export function launchChromium(env: Readonly<Record<string, string>>): Promise<Browser> {
  return launchBrowser({
    env: { ...process.env, ...env },
    args: ['--autoplay-policy=no-user-gesture-required'],
    ignoreDefaultArgs: ['--mute-audio'],
  })
}

/** A message of the sound room, with the time it arrived on the page's clock (ms) and its PCM as 16-bit samples. */
export type Received = FromSoundRoom & { at: number; samples?: Int16Array }

declare global {
  interface Window {
    parleyMain: { port: MessagePort; log: { at: number; message: FromSoundRoom; pcm?: string }[] }
    parleyViolations: string[]
    /** Every audio context of the page, in order of creation. */
    parleyContexts: { context: AudioContext; capture: boolean }[]
  }
}

/** Main's end of the voice port, in the sound room's own page. */
export class FakeMain {
  readonly page: Page
  #request = 0

  constructor(page: Page) {
    this.page = page
  }

  /**
   * Opens the sound room and hands it its port, as the preload does.
   * @param options.microphone false: refused
   * @param options.processing false: the microphone comes without echo cancellation, gain control and noise
   *   suppression, so that a sample can be compared with what was spoken
   */
  static async open(browser: Browser, url: string, options: { microphone?: boolean; processing?: boolean } = {}): Promise<FakeMain> {
    const context = await browser.newContext()
    await context.grantPermissions(options.microphone === false ? [] : ['microphone'])
    const page = await context.newPage()
    await page.addInitScript(() => {
      window.parleyContexts = []
      window.AudioContext = class extends AudioContext {
        constructor(options?: AudioContextOptions) {
          super(options)
          window.parleyContexts.push({ context: this, capture: false })
        }
        override createMediaStreamSource(stream: MediaStream): MediaStreamAudioSourceNode {
          for (const entry of window.parleyContexts) if (entry.context === this) entry.capture = true
          return super.createMediaStreamSource(stream)
        }
      }
      window.parleyViolations = []
      document.addEventListener('securitypolicyviolation', (event) => {
        window.parleyViolations.push(`${event.violatedDirective}: ${event.blockedURI}`)
      })
    })
    if (options.processing === false) {
      await page.addInitScript(() => {
        const { mediaDevices } = navigator
        const original = mediaDevices.getUserMedia.bind(mediaDevices)
        mediaDevices.getUserMedia = (constraints) => {
          const audio = typeof constraints?.audio === 'object' ? constraints.audio : {}
          return original({ audio: { ...audio, echoCancellation: false, autoGainControl: false, noiseSuppression: false } })
        }
      })
    }
    await page.goto(url)
    await page.evaluate(() => {
      const { port1, port2 } = new MessageChannel()
      window.parleyMain = { port: port1, log: [] }
      port1.onmessage = (event: MessageEvent<FromSoundRoom>) => {
        const message = event.data
        const entry: (typeof window.parleyMain.log)[number] = { at: performance.now(), message }
        if (message.type === 'frame') {
          if (message.pcm.buffer.byteLength !== message.pcm.byteLength) throw new Error('not exact-size')
          entry.pcm = btoa(String.fromCharCode(...message.pcm))
          entry.message = { ...message, pcm: new Uint8Array() }
        }
        window.parleyMain.log.push(entry)
      }
      window.postMessage({ parley: 'voice-port' }, location.origin, [port2])
    })
    return new FakeMain(page)
  }

  nextRequest(): number {
    return ++this.#request
  }

  /** Posts commands at once, one after the other. PCM is given as 16-bit samples. Returns the page's clock, ms. */
  post(...messages: (Exclude<ToSoundRoom, { type: 'audio' }> | (Omit<Extract<ToSoundRoom, { type: 'audio' }>, 'pcm'> & { samples: Int16Array }))[]): Promise<number> {
    const plain = messages.map((message) => {
      if (message.type !== 'audio') return { message, pcm: null }
      const { samples, ...rest } = message
      return { message: rest, pcm: Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64') }
    })
    return this.page.evaluate((all) => {
      const now = performance.now()
      for (const { message, pcm } of all) {
        const bytes = pcm === null ? {} : { pcm: Uint8Array.from(atob(pcm), (c) => c.charCodeAt(0)) }
        window.parleyMain.port.postMessage({ ...message, ...bytes })
      }
      return now
    }, plain)
  }

  /** Everything received so far. */
  async received(): Promise<Received[]> {
    const log = await this.page.evaluate(() => window.parleyMain.log)
    return log.map(({ at, message, pcm }) => {
      if (pcm === undefined) return { ...message, at }
      const bytes = Uint8Array.from(Buffer.from(pcm, 'base64'))
      return { ...message, at, samples: new Int16Array(bytes.buffer) }
    })
  }

  async ofType<T extends FromSoundRoom['type']>(type: T): Promise<(Extract<Received, { type: T }>)[]> {
    return (await this.received()).filter((m): m is Extract<Received, { type: T }> => m.type === type)
  }

  /** Waits for a message that fits. */
  async until<T extends FromSoundRoom['type']>(
    type: T,
    fits: (message: Extract<Received, { type: T }>) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<Extract<Received, { type: T }>> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const found = (await this.ofType(type)).find(fits)
      if (found) return found
      if (Date.now() > deadline) throw new Error(`no fitting "${type}" within ${String(timeoutMs)} ms`)
      await this.page.waitForTimeout(20)
    }
  }

  /** Forgets what was received. */
  async forget(): Promise<void> {
    await this.page.evaluate(() => {
      window.parleyMain.log.length = 0
    })
  }

  /**
   * Stops the clock of the newest running context of a kind behind the sound room's back: to the page
   * it looks as when the device died.
   */
  stopClock(kind: 'playback' | 'capture'): Promise<void> {
    return this.page.evaluate(async (wanted) => {
      const found = window.parleyContexts.findLast((c) => c.context.state === 'running' && c.capture === (wanted === 'capture'))
      if (!found) throw new Error(`no running ${wanted} context`)
      await found.context.suspend()
    }, kind)
  }

  violations(): Promise<string[]> {
    return this.page.evaluate(() => window.parleyViolations)
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}

/** A sound room in a Chromium on a sound card of its own, ready. */
export class Room {
  readonly card: SoundCard
  readonly site: SoundRoomSite
  readonly browser: Browser
  readonly main: FakeMain

  private constructor(card: SoundCard, site: SoundRoomSite, browser: Browser, main: FakeMain) {
    this.card = card
    this.site = site
    this.browser = browser
    this.main = main
  }

  static async start(): Promise<Room> {
    const card = await startSoundCard()
    const site = await serveSoundRoom()
    const browser = await launchChromium(card.env)
    const main = await FakeMain.open(browser, site.url)
    await main.until('ready')
    card.favour()
    return new Room(card, site, browser, main)
  }

  async stop(): Promise<void> {
    await this.browser.close()
    this.site.close()
    await this.card.stop()
  }

  /** Queues sound in chunks of 200 ms, faster than real time. */
  play(track: TrackId, samples: Int16Array, done = true): Promise<number> {
    const chunks = Array.from({ length: Math.ceil(samples.length / 4800) }, (_, i) => samples.slice(i * 4800, (i + 1) * 4800))
    return this.main.post(
      ...chunks.map((chunk) => ({ type: 'audio' as const, ...track, samples: chunk })),
      ...(done ? [{ type: 'audio_done' as const, ...track }] : []),
    )
  }

  async openMicrophone(deviceId: string | null = null, fresh = false): Promise<void> {
    const request = this.main.nextRequest()
    await this.main.post({ type: 'open_microphone', request, deviceId, fresh })
    await this.main.until('microphone', (m) => m.request === request && m.state === 'open')
  }

  async capture(mode: 'armed' | 'live' | 'muted', preRollMs = 0): Promise<void> {
    const request = this.main.nextRequest()
    await this.main.post({ type: 'capture', request, mode, preRollMs })
    await this.main.until('capture_mode', (m) => m.request === request && m.mode === mode)
  }

  /** How many programs have the microphone open, as the system sees it. */
  listeners(): number {
    return this.card.pactl('list', 'short', 'source-outputs').split('\n').filter((line) => line.includes('protocol-native')).length
  }

  async closeMicrophone(): Promise<void> {
    await this.main.post({ type: 'close_microphone' })
    await this.main.until('capture_mode', (m) => m.mode === 'off')
    await this.main.forget()
  }
}
