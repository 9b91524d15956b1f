import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { builtFile, ROOT } from './bundle.ts'

/** A worklet that runs in Node with what an audio thread would give it. */
export interface RunningWorklet {
  /** One quantum of 128 samples. */
  process(input: Float32Array, output: Float32Array): void
  /** What it has posted since it was last asked. */
  posted(): number
  post(message: unknown): void
}

interface Processor {
  port: { onmessage: ((event: { data: unknown }) => void) | null }
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: object): boolean
}

/** Runs the source of a worklet. What it posts is counted and dropped, as a page that keeps nothing would do. */
export function runWorklet(source: string): RunningWorklet {
  let posts = 0
  let made: (new () => Processor) | null = null
  class AudioWorkletProcessor {
    port = {
      onmessage: null as ((event: { data: unknown }) => void) | null,
      postMessage: () => {
        posts++
      },
    }
  }
  const scope = { currentFrame: 0, sampleRate: 24_000, AudioWorkletProcessor }
  const register = (_name: string, processor: new () => Processor): void => {
    made = processor
  }
  // A worklet looks for its scope's names as globals.
  Object.assign(globalThis, scope, { registerProcessor: register })
  runInThisContext(`(() => {${source}\n})()`)
  const Made = made as (new () => Processor) | null
  if (!Made) throw new Error('the worklet registered nothing')
  const processor = new Made()
  return {
    process(input, output) {
      processor.process([[input]], [[output]], {})
      ;(globalThis as { currentFrame?: number }).currentFrame = ((globalThis as { currentFrame?: number }).currentFrame ?? 0) + input.length
    },
    posted() {
      const count = posts
      posts = 0
      return count
    },
    post(message) {
      processor.port.onmessage?.({ data: message })
    },
  }
}

/** A worklet of the built app, by the beginning of its file's name. */
export function builtWorklet(name: 'capture' | 'playback'): string {
  const folder = join(builtFile('renderer'), 'assets')
  const file = readdirSync(folder).find((entry) => entry.startsWith(`${name}.worklet-`))
  if (file === undefined) throw new Error(`the built app has no ${name} worklet`)
  return readFileSync(join(folder, file), 'utf8')
}

/** The source that a package keeps in a template string. */
export function quotedWorklet(path: string): string {
  const text = readFileSync(join(ROOT, 'node_modules', path), 'utf8')
  const begin = text.indexOf('`')
  const end = text.lastIndexOf('`')
  // The string is made by the package's own module when it loads; this is the same text.
  return runInThisContext(text.slice(begin, end + 1)) as string
}
