import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { build } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import { requests, type ParleyBridge, type Reply, type RequestChannel } from '../../shared/ipc.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One preload, bundled as the build does it. */
async function bundle(name: string): Promise<string> {
  const result = await build({
    root,
    configFile: `${root}vite.preload.config.ts`,
    configLoader: 'native',
    logLevel: 'error',
    mode: 'production',
    build: { write: false, lib: { entry: `${root}preload/${name}.ts`, formats: ['cjs'], fileName: () => `${name}.cjs` } },
  })
  const [one] = Array.isArray(result) ? result : [result]
  if (one === undefined || !('output' in one) || one.output.length !== 1) throw new Error('Not one file.')
  return one.output[0].code
}

/** Runs a preload as Electron does in a sandbox: a function body with a short list of names, and `require` for one module. */
function run(code: string, electron: object, page: Record<string, unknown> = {}): void {
  const module = { exports: {} }
  const globals = {
    require: (name: string) => {
      if (name !== 'electron') throw new Error(`module not found: ${name}`)
      return electron
    },
    process: { type: 'renderer', sandboxed: true },
    exports: module.exports,
    module,
    ...page,
  }
  const body = compileFunction(code, Object.keys(globals)) as (...values: unknown[]) => void
  body(...Object.values(globals))
}

const code: Record<string, string> = {}
beforeAll(async () => {
  code['app'] = await bundle('app')
  code['sound'] = await bundle('sound')
}, 60_000)

describe.each(['app', 'sound'])('the bundle of %s', (name) => {
  it('is one small script that requires Electron alone', () => {
    const text = code[name] ?? ''
    expect([...text.matchAll(/require\(([^)]*)\)/g)].map((m) => m[1]?.replaceAll(/['"`]/g, ''))).toEqual(['electron'])
    expect(text).not.toMatch(/^\s*(import|export)\b|import\(|zod|process\.env|\beval\b|Function\(/m)
    expect(text.length).toBeLessThan(6000)
  })
})

describe('preload/app', () => {
  function setUp(invoke: (channel: string, ...args: unknown[]) => unknown = () => ({ ok: true, value: undefined })) {
    const exposed: Record<string, unknown> = {}
    const asked: unknown[][] = []
    const ipcRenderer = Object.assign(new EventEmitter(), {
      invoke: async (channel: string, ...args: unknown[]) => {
        asked.push([channel, ...args])
        return await invoke(channel, ...args)
      },
    })
    const contextBridge = {
      exposeInMainWorld: (key: string, api: unknown) => {
        if (key in exposed) throw new Error('second expose')
        exposed[key] = api
      },
    }
    run(code['app'] ?? '', { contextBridge, ipcRenderer })
    return { exposed, asked, ipcRenderer, parley: exposed['parley'] as ParleyBridge }
  }

  const internal: Reply<never> = { ok: false, failure: { code: 'internal', detail: {}, actions: [] } }

  it('exposes two functions and nothing else', () => {
    const { exposed, parley } = setUp()
    expect(Object.keys(exposed)).toEqual(['parley'])
    expect(Object.entries(parley).map(([name, value]) => [name, typeof value])).toEqual([
      ['request', 'function'],
      ['on', 'function'],
    ])
  })

  it('passes on every channel of the contract', async () => {
    const { parley, asked } = setUp((channel) => ({ ok: true, value: channel }))
    for (const channel of Object.keys(requests) as RequestChannel[]) {
      const ask = parley.request as (channel: string, ...args: unknown[]) => Promise<unknown>
      expect(await ask(channel, 1, 'x')).toEqual({ ok: true, value: channel })
    }
    expect(asked).toEqual(Object.keys(requests).map((channel) => [channel, 1, 'x']))
  })

  it.each<unknown>(['', 'voice-port', 'sound-ready', 'ELECTRON_BROWSER_REQUIRE', 'constructor', '__proto__', null, 1, ['state.get', 1]])(
    'asks nothing on %j',
    async (channel) => {
      const { parley, asked } = setUp()
      expect(await parley.request(channel as 'state.get')).toEqual(internal)
      expect(asked).toEqual([])
    },
  )

  it('passes failures on', async () => {
    const failure = { code: 'no_key', detail: { host: 'h', status: 1 }, actions: ['change_key'] }
    const { parley } = setUp(() => ({ ok: false, failure }))
    expect(await parley.request('conversation.start')).toEqual({ ok: false, failure })
  })

  it.each<unknown>([
    undefined,
    null,
    'ok',
    {},
    { ok: 1 },
    { ok: 'true', value: 1 },
    { ok: false },
    { ok: false, failure: null },
    { ok: false, failure: { code: 1, detail: {}, actions: [] } },
    { ok: false, failure: { code: 'x', detail: null, actions: [] } },
    { ok: false, failure: { code: 'x', detail: { a: {} }, actions: [] } },
    { ok: false, failure: { code: 'x', detail: {}, actions: [1] } },
    { ok: false, failure: { code: 'x', detail: {} } },
  ])('does not believe the reply %j', async (reply) => {
    const { parley } = setUp(() => reply)
    expect(await parley.request('conversation.start')).toEqual(internal)
  })

  it('never rejects', async () => {
    const { parley } = setUp(() => {
      throw new Error("Error invoking remote method 'x': Error: secret")
    })
    expect(await parley.request('conversation.start')).toEqual(internal)
  })

  it('gives listeners the value without the event, until they leave', () => {
    const { parley, ipcRenderer } = setUp()
    const heard: unknown[][] = []
    const leave = parley.on('levels', (...args: unknown[]) => heard.push(args))
    const levels = { micPeak: 0, micRms: 0, voicePeak: 0, voiceRms: 0 }
    ipcRenderer.emit('levels', { sender: ipcRenderer }, levels, 'more')
    expect(leave()).toBeUndefined()
    leave()
    ipcRenderer.emit('levels', { sender: ipcRenderer }, levels)
    expect(heard).toEqual([[levels]])
    expect(ipcRenderer.listenerCount('levels')).toBe(0)
  })

  it.each<[unknown, unknown]>([
    ['voice-port', () => 0],
    ['constructor', () => 0],
    ['', () => 0],
    [null, () => 0],
    ['levels', 'not a function'],
  ])('subscribes to nothing for %j', (event, listener) => {
    const { parley, ipcRenderer } = setUp()
    parley.on(event as 'levels', listener as () => void)()
    expect(ipcRenderer.eventNames()).toEqual([])
  })
})

describe('preload/sound', () => {
  class Port {
    closed = false
    close(): void {
      this.closed = true
    }
  }

  function setUp(origin = 'app://parley') {
    const sent: unknown[][] = []
    const posted: unknown[][] = []
    const loads: (() => void)[] = []
    const ipcRenderer = Object.assign(new EventEmitter(), { send: (...args: unknown[]) => sent.push(args) })
    const window = {
      addEventListener: (name: string, listener: () => void) => {
        if (name === 'load') loads.push(listener)
      },
      postMessage: (...args: unknown[]) => posted.push(args),
    }
    // No contextBridge: to expose anything would throw.
    run(code['sound'] ?? '', { ipcRenderer }, { window, location: { origin }, crypto: { randomUUID: () => 'my-nonce' } })
    const load = (): void => {
      for (const listener of loads) listener()
    }
    const give = (message: unknown, ...ports: Port[]) => ipcRenderer.emit('voice-port', { ports }, message)
    return { sent, posted, load, give }
  }

  it('says that it is ready after the page is loaded, not before', () => {
    const { sent, load } = setUp()
    expect(sent).toEqual([])
    load()
    expect(sent).toEqual([['sound-ready', 'my-nonce']])
  })

  it.each(['app://parley', 'https://parley.test'])('hands the port to its own page at %s, once', (origin) => {
    const { posted, give } = setUp(origin)
    const [first, second] = [new Port(), new Port()]
    give({ nonce: 'my-nonce' }, first)
    give({ nonce: 'my-nonce' }, second)
    expect(posted).toEqual([[{ parley: 'voice-port' }, origin, [first]]])
    expect([first.closed, second.closed]).toEqual([false, true])
  })

  it.each<unknown>([{ nonce: 'of an earlier document' }, {}, null, undefined, 'my-nonce'])('closes a port that came with %j', (message) => {
    const { posted, give } = setUp()
    const port = new Port()
    give(message, port)
    expect([posted, port.closed]).toEqual([[], true])
    // The right one is still taken.
    give({ nonce: 'my-nonce' }, new Port())
    expect(posted).toHaveLength(1)
  })

  it('takes one port, not several, not none', () => {
    const { posted, give } = setUp()
    const ports = [new Port(), new Port()]
    give({ nonce: 'my-nonce' }, ...ports)
    give({ nonce: 'my-nonce' })
    expect([posted, ports.map((port) => port.closed)]).toEqual([[], [true, true]])
  })
})
