/**
 * One client in a fresh process: connects, waits for orders, measures its own CPU and memory.
 *
 * `node --expose-gc client-process.ts MODULE URL`: MODULE exports `createClient(): Client`.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Client } from './client.ts'

export type ToClient =
  | { do: 'events'; last: string }
  | { do: 'uplink'; frames: number }
  /** Microphone frames in real time while a paced stream comes in. */
  | { do: 'duplex'; last: string; watch: boolean }
  | { do: 'memory' }
  | { do: 'updates'; ids: string[]; count: number }
export type FromClient =
  | { is: 'ready'; startedAt: number; importMs: number }
  /** The process's own CPU since the order, ms, and what the client made of the stream. */
  | { is: 'events'; cpuMs: number; wallMs: number; audioBytes: number; transcript: number | null }
  | { is: 'uplink'; cpuMs: number }
  | { is: 'duplex'; cpuMs: number; delayMs: number }
  /** Bytes after garbage collection. */
  | { is: 'memory'; heap: number; external: number; rss: number }
  /** ms per update, p50; null when the client keeps no conversation. */
  | { is: 'updates'; ms: number | null }

const say = (message: FromClient): void => {
  process.send?.(message)
}

const [path = '', url = ''] = process.argv.slice(2)
const startedAt = performance.timeOrigin + performance.now()
const before = performance.now()
const { createClient } = (await import(pathToFileURL(path).href)) as { createClient: () => Client }
const importMs = performance.now() - before
const client = createClient()
await client.connect(url)
say({ is: 'ready', startedAt, importMs })

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** Frames between two looks at the socket: half a second of speech. */
const BATCH = 25

async function uplink(frames: number): Promise<void> {
  const pcm = Uint8Array.from({ length: 960 }, (_, i) => (i * 37) % 256)
  for (let sent = 0; sent < frames; sent += BATCH) {
    for (let i = 0; i < BATCH; i++) client.sendFrame(pcm.slice())
    // One short rest for each batch: to poll the socket would cost more than the frames do.
    await sleep(2)
    while (client.buffered() > 64 * 1024) await sleep(2)
  }
}

function updates(ids: string[], count: number): number | null {
  const update = client.updater()
  if (!update) return null
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const id = ids[i % ids.length] ?? ''
    const start = performance.now()
    update(id, `changed for the ${String(i)}th time`)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[Math.floor(count / 2)] ?? null
}

process.on('message', (order: ToClient) => {
  const start = process.cpuUsage()
  const began = performance.now()
  switch (order.do) {
    case 'events':
      client.onResponseDone(order.last, () => {
        const cpuMs = cpuSince(start)
        say({ is: 'events', cpuMs, wallMs: performance.now() - began, audioBytes: client.audioBytes(), transcript: client.transcript() })
      })
      break
    case 'uplink':
      void uplink(order.frames).then(() => {
        say({ is: 'uplink', cpuMs: cpuSince(start) })
      })
      break
    case 'duplex': {
      const monitor = monitorEventLoopDelay({ resolution: 1 })
      if (order.watch) monitor.enable()
      const pcm = Uint8Array.from({ length: 960 }, (_, i) => (i * 37) % 256)
      let sent = 0
      const timer = setInterval(() => {
        // What a late timer missed is made up for, as frames that waited would be.
        for (const due = (performance.now() - began) / 20; sent < due; sent++) client.sendFrame(pcm.slice())
      }, 20)
      client.onResponseDone(order.last, () => {
        clearInterval(timer)
        monitor.disable()
        say({ is: 'duplex', cpuMs: cpuSince(start), delayMs: monitor.percentile(99) / 1e6 })
      })
      break
    }
    case 'memory':
      for (let i = 0; i < 3; i++) globalThis.gc?.()
      void sleep(50).then(() => {
        globalThis.gc?.()
        const { heapUsed, external, rss } = process.memoryUsage()
        // External holds the array buffers too.
        say({ is: 'memory', heap: heapUsed, external, rss })
      })
      break
    case 'updates':
      say({ is: 'updates', ms: updates(order.ids, order.count) })
      break
  }
})
process.on('disconnect', () => process.exit())
