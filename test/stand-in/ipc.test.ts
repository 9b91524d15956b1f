import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'

let fixture: Fixture
let page: number

/** A preload that gives the page the raw ipcRenderer methods, for tests only. */
const preload = `
const { contextBridge, ipcRenderer } = require('electron')
const heard = []
ipcRenderer.on('to-page', (event, ...args) => { heard.push([event.sender === ipcRenderer, event.ports.length, ...args]) })
const say = (f) => { try { return f() } catch (e) { return e.constructor.name + ': ' + e.message } }
const kinds = (v) => [v instanceof Date, v instanceof Map, v instanceof Set, v instanceof Uint8Array, v instanceof Error, Array.isArray(v)].indexOf(true)
contextBridge.exposeInMainWorld('ipc', {
  send: (...a) => say(() => ipcRenderer.send(...a)), invoke: (...a) => ipcRenderer.invoke(...a), sync: (...a) => ipcRenderer.sendSync(...a),
  heard: () => heard, kinds: async (c) => kinds(await ipcRenderer.invoke(c)),
  run: (code) => code === 'odd' ? [say(() => ipcRenderer.send('x', () => 1)), say(() => ipcRenderer.send('x', Symbol('s'))), say(() => ipcRenderer.send('x', document.body)), say(() => ipcRenderer.send('x', new WeakMap())),
    say(() => ipcRenderer.send('x', new Blob(['b']))), say(() => ipcRenderer.send('x', [Promise.resolve()]))] : undefined,
  rich: () => { const shared = { n: 1 }, ring = { name: 'ring', shared, again: shared, when: new Date(5), map: new Map([['k', new Set([1n])]]), bytes: new Uint8Array([1, 2, 3]).subarray(1), f: new Float32Array([0.5]),
    re: /x/g, undef: undefined, nan: NaN, minus: -0, inf: -Infinity, error: new RangeError('far'), sparse: [1, , 3], view: new DataView(new ArrayBuffer(2)), big: 12345678901234567890n }; ring.self = ring; ipcRenderer.send('rich', ring) },
  many: (n) => { let wrong = 0; for (let i = 0; i < n; i++) if (ipcRenderer.sendSync('sync', i).n !== i) wrong++; return wrong },
  mixed: (n) => { const all = []; for (let i = 0; i < n; i++) { if (i % 3 === 0) ipcRenderer.send('mixed', i); else if (i % 3 === 1) all.push(ipcRenderer.invoke('mixed', i)); else if (i % 50 === 2) ipcRenderer.sendSync('mixed', i); else ipcRenderer.send('mixed', i) } return Promise.all(all).then((l) => l.length) },
})`

beforeAll(async () => {
  fixture = await launchFixture()
  page = await fixture.open(preload)
})
afterAll(async () => { await fixture.close() })

const run = <T = unknown>(code: string): Promise<T> => fixture.run<T>(page, code)
const rejected = (call: string): Promise<string> => run(`${call}.then(() => 'resolved', (e) => e.message)`)

test('15: invoke returns what sync and async handlers give', async () => {
  await fixture.app.evaluate(({ ipcMain }) => {
    ipcMain.handle('now', (_event, n: number) => n + 1)
    ipcMain.handle('later', async (_event, n: number) => { await new Promise((done) => { setTimeout(done, 5) }); return { n } })
  })
  expect(await run('Promise.all([ipc.invoke("now", 1), ipc.invoke("later", 2)])')).toEqual([2, { n: 2 }])
})

test('16 and 17: errors are prefixed and carry the text only; no handler says so, also after removal', async () => {
  await fixture.app.evaluate(({ ipcMain }) => {
    ipcMain.handle('bad', () => { throw Object.assign(new TypeError('secret thing'), { code: 1 }) })
    ipcMain.handle('gone', () => 1)
    ipcMain.removeHandler('gone')
  })
  expect(await rejected('ipc.invoke("bad")')).toBe("Error invoking remote method 'bad': TypeError: secret thing")
  expect(await rejected('ipc.invoke("nobody")')).toBe("Error invoking remote method 'nobody': Error: No handler registered for 'nobody'")
  expect(await rejected('ipc.invoke("gone")')).toContain("No handler registered for 'gone'")
  expect(fixture.output.join('\n')).toContain("Error occurred in handler for 'bad': TypeError: secret thing")
})

test('18 and 19: a second handler and a handler that is no function throw; handleOnce is gone before it runs', async () => {
  const messages = await fixture.app.evaluate(({ ipcMain }) => {
    const say = (action: () => void): string => { try { action(); return 'fine' } catch (error) { return (error as Error).message } }
    ipcMain.handle('twice', () => 1)
    ipcMain.handleOnce('once', () => { ipcMain.handle('once', () => 'second'); return 'first' })
    return [say(() => { ipcMain.handle('twice', () => 2) }), say(() => { ipcMain.handle('no-function', null as never) })]
  })
  expect(messages).toEqual(["Attempted to register a second handler for 'twice'", "Expected handler to be a function, but found type 'object'"])
  expect(await run('(async () => [await ipc.invoke("once"), await ipc.invoke("once")])()')).toEqual(['first', 'second'])
})

test('20: a reply that can no longer come rejects', async () => {
  await fixture.app.evaluate(({ ipcMain }) => { ipcMain.handle('never', () => new Promise(() => undefined)) })
  const answer = rejected('ipc.invoke("never")')
  const collecting = fixture.app.evaluate(async () => {
    const v8 = process.getBuiltinModule('node:v8')
    const vm = process.getBuiltinModule('node:vm')
    v8.setFlagsFromString('--expose-gc')
    const collect = vm.runInNewContext('gc') as () => void
    for (let i = 0; i < 20; i++) {
      collect()
      await new Promise((done) => { setTimeout(done, 10) })
    }
  })
  expect(await answer).toContain('reply was never sent')
  await collecting
})

test('21: order of arrival is order of sending, across send, sendSync and invoke', async () => {
  await fixture.app.evaluate(({ ipcMain }) => {
    const got: number[] = []
    Object.assign(globalThis, { got })
    ipcMain.on('mixed', (event, i: number) => { got.push(i); event.returnValue = i })
    ipcMain.handle('mixed', (_event, i: number) => { got.push(i) })
  })
  expect(await run('ipc.mixed(1000)')).toBe(333)
  const got = await fixture.app.evaluate(() => (globalThis as unknown as { got: number[] }).got)
  expect(got).toEqual(Array.from({ length: 1000 }, (_, i) => i))
})

test('22: sendSync returns event.returnValue, a late one too; more than one answer does no harm', async () => {
  await fixture.app.evaluate(({ ipcMain }) => {
    ipcMain.on('sync', (event, n: number) => { event.returnValue = { n, when: new Date(7) } })
    ipcMain.on('sync', (event) => { event.returnValue = 'second' })
    ipcMain.on('sync-late', (event) => { setTimeout(() => { event.returnValue = 'late' }, 20) })
  })
  expect(await run('[ipc.sync("sync", 3).n, ipc.sync("sync", 3).when.getTime(), ipc.sync("sync-late")]')).toEqual([3, 7, 'late'])
  expect(await run('ipc.many(300)')).toBe(0)
})

test('23 and 24: event.reply reaches the sender; Date, Map, Set, Buffer and Error arrive as what they are', async () => {
  const shared = await fixture.app.evaluate(({ ipcMain }) => {
    ipcMain.once('ask', (event) => { event.reply('to-page', 'answer', new Date(9)) })
    const values: [string, unknown][] = [['date', new Date(1)], ['map', new Map()], ['set', new Set()], ['buffer', Buffer.from('abc')], ['error', new Error('e')], ['array', []]]
    for (const [name, value] of values) ipcMain.handle(`kind-${name}`, () => value)
    ipcMain.handle('buffer-is', () => Buffer.from('abc'))
    return true
  })
  expect(shared).toBe(true)
  await run('ipc.send("ask")')
  await expect.poll(() => run('ipc.heard().map(([own, ports, text, when]) => [own, ports, text, when.getTime()])')).toEqual([[true, 0, 'answer', 9]])
  expect(await run('Promise.all(["date", "map", "set", "buffer", "error", "array"].map((k) => ipc.kinds("kind-" + k)))')).toEqual([0, 1, 2, 3, 4, 5])
  expect(await run('ipc.invoke("buffer-is").then((b) => [b.constructor.name, ...b])')).toEqual(['Uint8Array', 97, 98, 99])
})

test('25: shared and cyclic references, and every kind of value, survive on the way to main', async () => {
  const got = fixture.app.evaluate(({ ipcMain }) => new Promise((resolve) => {
    ipcMain.once('rich', (_event, v: Record<string, never> & { [key: string]: never }) => {
      const value = v as unknown as Record<string, unknown> & { map: Map<string, Set<bigint>>, bytes: Uint8Array, f: Float32Array, error: Error, sparse: unknown[], view: DataView, when: Date }
      resolve([
        value['self'] === v, value['shared'] === value['again'], value.when.getTime(), [...value.map.get('k') ?? []].map(String), value.bytes.constructor === Uint8Array, [...value.bytes],
        value.bytes.byteOffset, value.f[0], String(value['re']), 'undef' in v, Number.isNaN(value['nan']), Object.is(value['minus'], -0), value['inf'] === -Infinity,
        value.error instanceof RangeError, value.error.message, 1 in value.sparse, value.sparse.length, value.view.byteLength, String(value['big']), Object.getPrototypeOf(v) === Object.prototype,
      ])
    })
  }))
  await run('ipc.rich()')
  expect(await got).toEqual([true, true, 5, ['1'], true, [2, 3], 1, 0.5, '/x/g', true, true, true, true, true, 'far', false, 3, 2, '12345678901234567890', true])
})

test('26: functions, symbols, DOM nodes and whatever else cannot be cloned throw at the sender, in page and main', async () => {
  expect(await run('ipc.run("odd")')).toEqual(Array.from({ length: 6 }, () => 'Error: An object could not be cloned.'))
  const inMain = await fixture.app.evaluate(({ webContents }, id) => {
    const say = (value: unknown): string => { try { webContents.fromId(id)?.send('x', value); return 'sent' } catch (error) { return (error as Error).message } }
    return [say(() => 1), say({ f: () => 1 }), say(Promise.resolve()), say(new WeakMap()), say(Symbol('s')), say({ fine: 1 })]
  }, page)
  expect(inMain).toEqual([...Array.from({ length: 5 }, () => 'An object could not be cloned.'), 'sent'])
})

test('27: removeAllListeners takes one channel, or all', async () => {
  const counts = await fixture.app.evaluate(({ webContents }, id) => {
    const { ipc } = webContents.fromId(id) as Electron.WebContents
    ipc.on('a', () => undefined)
    ipc.on('b', () => undefined)
    ipc.removeAllListeners('a')
    const first = [ipc.listenerCount('a'), ipc.listenerCount('b')]
    ipc.removeAllListeners()
    return [...first, ipc.listenerCount('b')]
  }, page)
  expect(counts).toEqual([0, 1, 0])
})

test('29: frame, then contents, then ipcMain; for invoke the nearest handler only', async () => {
  await fixture.app.evaluate(({ ipcMain, webContents }, id) => {
    const contents = webContents.fromId(id) as Electron.WebContents
    const order: string[] = []
    Object.assign(globalThis, { order })
    contents.on('ipc-message', (_event, channel) => { if (channel === 'order') order.push('ipc-message') })
    contents.mainFrame.ipc.on('order', () => { order.push('frame') })
    contents.ipc.on('order', () => { order.push('contents') })
    ipcMain.on('order', () => { order.push('main') })
    for (const [name, emitter] of Object.entries({ frame: contents.mainFrame.ipc, contents: contents.ipc, main: ipcMain })) emitter.handle('nearest', () => { order.push(`called ${name}`); return name })
  }, page)
  await run('ipc.send("order")')
  const answers = await run('ipc.invoke("nearest")')
  const second = await fixture.app.evaluate(({ webContents }, id) => { webContents.fromId(id)?.mainFrame.ipc.removeHandler('nearest') }, page).then(() => run('ipc.invoke("nearest")'))
  expect([answers, second]).toEqual(['frame', 'contents'])
  expect(await fixture.app.evaluate(() => (globalThis as unknown as { order: string[] }).order)).toEqual(['ipc-message', 'frame', 'contents', 'main', 'called frame', 'called contents'])
})

test('30: senderFrame is the main frame with the app’s origin, and null when read late', async () => {
  const got = fixture.app.evaluate(({ ipcMain }) => new Promise((resolve) => {
    ipcMain.once('who', (event) => {
      const frame = event.senderFrame
      const first = [frame?.origin, frame?.url, frame?.parent, frame?.detached, frame === event.sender.mainFrame]
      event.sender.once('did-finish-load', () => { resolve([...first, event.senderFrame]) })
      event.sender.reload()
    })
  }))
  await run('ipc.send("who")')
  expect(await got).toEqual(['app://parley', 'app://parley/blank.html', null, false, true, null])
})

test('30: subframes are told apart', async () => {
  const id = await fixture.open('', { path: '/frames.html' })
  const frames = await fixture.app.evaluate(({ webContents }, about) => {
    const { mainFrame } = webContents.fromId(about) as Electron.WebContents
    return mainFrame.framesInSubtree.map((frame) => [frame.url, frame.origin, frame.parent === mainFrame, frame.top === mainFrame])
  }, id)
  expect(frames).toEqual([['app://parley/frames.html', 'app://parley', false, true], ['app://parley/blank.html', 'app://parley', true, true], ['about:blank', 'null', true, true]])
})

test('messages to destroyed contents throw; wrong channels throw', async () => {
  const id = await fixture.open('')
  const messages = await fixture.app.evaluate(({ BrowserWindow, webContents }, about) => {
    const contents = webContents.fromId(about) as Electron.WebContents
    const say = (action: () => void): string => { try { action(); return 'fine' } catch (error) { return (error as Error).message } }
    const bad = say(() => { contents.send(undefined as never) })
    BrowserWindow.fromWebContents(contents)?.destroy()
    return [bad, contents.isDestroyed(), say(() => { contents.send('x') })]
  }, id)
  expect(messages).toEqual(['Missing required channel argument', true, 'Object has been destroyed'])
})

test('28: what a preload sends after its document has gone throws, and nothing of it arrives', async () => {
  const id = await fixture.open(`
    const { contextBridge, ipcRenderer } = require('electron')
    const say = (action) => { try { return action() } catch (error) { return error.message } }
    contextBridge.exposeInMainWorld('late', {
      leave: () => new Promise((done) => {
        // The page's end as the preload sees it; the world itself lives on until the next document is there.
        addEventListener('pagehide', () => { setTimeout(async () => {
          const texts = [say(() => ipcRenderer.send('late', 1)), say(() => ipcRenderer.sendSync('late', 2)), say(() => ipcRenderer.postMessage('late', 3)), await ipcRenderer.invoke('late', 4).catch((error) => error.message)]
          done(texts)
        }) })
        dispatchEvent(new PageTransitionEvent('pagehide'))
      }),
      again: () => { dispatchEvent(new PageTransitionEvent('pageshow')); return say(() => ipcRenderer.send('late', 5)) },
    })`)
  await fixture.app.evaluate(({ ipcMain }) => {
    const arrived: unknown[] = []
    Object.assign(globalThis, { arrived })
    ipcMain.on('late', (_event, n: unknown) => { arrived.push(n) })
    ipcMain.handle('late', (_event, n: unknown) => { arrived.push(n) })
  })
  const text = 'IPC method called after context was released'
  expect(await fixture.run(id, 'late.leave()')).toEqual([text, text, text, text])
  // Back from the page cache it works again.
  expect(await fixture.run(id, 'late.again()')).toBe(undefined)
  await expect.poll(() => fixture.app.evaluate(() => (globalThis as unknown as { arrived: unknown[] }).arrived)).toEqual([5])
})
