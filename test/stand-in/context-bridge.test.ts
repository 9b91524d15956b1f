import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'

let fixture: Fixture

beforeAll(async () => { fixture = await launchFixture() })
afterAll(async () => { await fixture.close() })

/** Opens a page whose preload exposes `api` and gives a runner for the page's world. */
async function expose(api: string, before = ''): Promise<<T = unknown>(code: string) => Promise<T>> {
  const id = await fixture.open(`const { contextBridge, ipcRenderer } = require('electron'); ${before}; contextBridge.exposeInMainWorld('api', ${api})`)
  return (code) => fixture.run(id, code)
}
const thrown = (code: string): string => `(() => { try { ${code}; return 'nothing' } catch (e) { return [e instanceof Error, e.constructor === Error || e.constructor === TypeError, e.message].join() } })()`

test('1: a window without context isolation is refused', async () => {
  const message = await fixture.app.evaluate(({ BrowserWindow }) => {
    try {
      new BrowserWindow({ webPreferences: { contextIsolation: false } })
      return 'made'
    } catch (error) {
      return String(error)
    }
  })
  expect(message).toContain('contextIsolation')
})

test('2 and 3: the exposed value is read-only, its objects and arrays are frozen', async () => {
  const run = await expose('{ a: { b: 1 }, list: [1, 2] }')
  expect(await run(`api = 3; window.api.a = 4; api.a.b = 5; [typeof api, api.a.b, ${thrown('"use strict"; api.list.push(1)')}, api.list.length]`))
    .toEqual(['object', 1, expect.stringContaining('true,true,'), 2])
})

test('4: primitives cross unchanged, symbols keep their identity and work as keys', async () => {
  const run = await expose(`{ list: [null, undefined, 1, 'x', true, 10n], s, get: () => s, same: (v) => v === s, keyed: { [s]: 7, [Symbol.iterator]: 8, [Symbol.for('shared')]: 9 } }`, 'const s = Symbol("mine")')
  expect(await run(`[api.list[0] === null, api.list[1] === undefined && 1 in api.list, api.list.slice(2, 5), api.list[5] === 10n, api.s === api.get(), api.same(api.s),
    api.same(Symbol('mine')), api.keyed[api.s], api.keyed[Symbol.iterator], api.keyed[Symbol.for('shared')], api.s.description]`))
    .toEqual([true, true, [1, 'x', true], true, true, true, false, 7, 8, 9, 'mine'])
})

test('5: objects and arrays have the receiving world’s prototypes, both ways', async () => {
  const run = await expose(`{ o: { list: [{}] }, make: () => ({ deep: [{}] }), own: (v) => [Object.getPrototypeOf(v) === Object.prototype, Object.getPrototypeOf(v.list) === Array.prototype, v instanceof Object],
    kind: new (class Thing { constructor() { this.x = 1 } method() {} })() }`)
  expect(await run(`[api.o, api.o.list[0], api.make(), api.make().deep[0], api.kind].map((v) => Object.getPrototypeOf(v) === Object.prototype)`)).toEqual([true, true, true, true, true])
  expect(await run(`[api.o.list, api.make().deep].map((v) => Object.getPrototypeOf(v) === Array.prototype)`)).toEqual([true, true])
  expect(await run(`api.own({ list: [] })`)).toEqual([true, true, true])
  expect(await run(`[api.kind.x, typeof api.kind.method]`)).toEqual([1, 'undefined'])
})

test('6: typed arrays, dates and regular expressions keep their type; a change does not cross', async () => {
  const run = await expose('{ bytes, re: /a+/gi, when: new Date(5), read: () => bytes[0], take: (v) => [v instanceof Float32Array, v instanceof Uint8Array, v.length] }', 'const bytes = new Uint8Array([1, 2, 3])')
  expect(await run(`api.bytes[0] = 9; [api.bytes instanceof Uint8Array, api.bytes[0], api.read(), api.re instanceof RegExp, String(api.re), api.when instanceof Date, api.when.getTime()]`))
    .toEqual([true, 9, 1, true, '/a+/gi', true, 5])
  expect(await run(`[api.take(new Float32Array(4)), api.take(new Uint8Array(5))]`)).toEqual([[true, false, 4], [false, true, 5]])
})

test('7: functions are called at once, both ways and repeatedly; sent back they are themselves', async () => {
  const run = await expose(`{ add: (a, b) => a + b, call: (f, v) => f(v), keep: (f) => { kept = f }, kept: () => kept(1), give: () => mine, isMine: (f) => f === mine, same: (a, b) => a === b }`, 'let kept; const mine = () => 1')
  expect(await run(`[api.add(1, 2), api.add(3, 4), api.call((v) => v * 2, 21)]`)).toEqual([3, 7, 42])
  expect(await run(`{ let n = 0; const f = (v) => (n += v); api.keep(f); [api.kept(), api.kept(), n] }`)).toEqual([1, 2, 2])
  expect(await run(`{ const f = () => 0, o = {}; [api.isMine(api.give()), api.give() === api.give(), api.same(f, f), api.same(o, o), api.same(f, () => 0), api.call((v) => v === f, f)] }`))
    .toEqual([true, true, true, true, false, true])
})

test('8: promises cross both ways, rejections as Errors with their message', async () => {
  const run = await expose(`{ good: () => Promise.resolve({ a: [1] }), bad: async () => { throw new RangeError('no') }, odd: () => Promise.reject('text'), take: (p) => p.then((v) => v + 1), takeBad: (p) => p.catch((e) => [e instanceof Error, e.message]),
    nested: () => Promise.resolve(new Promise((done) => setTimeout(done, 5, 'flat'))), inside: () => ({ p: Promise.resolve(3) }) }`)
  expect(await run(`(async () => [api.good() instanceof Promise, (await api.good()).a, await api.bad().catch((e) => [e instanceof Error, e.message]), await api.odd().catch((e) => e instanceof Error),
    await api.take(Promise.resolve(1)), await api.takeBad(Promise.reject(new Error('x'))), await api.nested(), await api.inside().p])()`))
    .toEqual([true, [1], [true, 'no'], true, 2, [true, 'x'], 'flat', 3])
})

test('9: what is thrown or cannot be cloned becomes an Error of the caller’s world', async () => {
  const run = await expose(`{ boom: () => { throw new TypeError('bang') }, odd: () => { throw 'text' }, getter: () => ({ get x() { throw new Error('got') } }), weak: () => new WeakMap(), take: () => 1,
    later: async () => new WeakSet(), call: (f) => { try { f() } catch (e) { return [e instanceof Error, e.message] } } }`)
  expect(await run(thrown('api.boom()'))).toBe('true,true,bang')
  expect(await run(thrown('api.odd()'))).toMatch(/^true,true,./)
  expect(await run(thrown('api.getter()'))).toBe('true,true,got')
  expect(await run(thrown('api.weak()'))).toMatch(/^true,true,An object could not be cloned/)
  expect(await run(thrown('api.take(new WeakMap())'))).toMatch(/^true,true,An object could not be cloned/)
  expect(await run(`api.later().then(() => 'good', (e) => [e instanceof Error, e.message])`)).toEqual([true, expect.stringContaining('could not be cloned')])
  expect(await run(`api.call(() => { throw new Error('mine') })`)).toEqual([true, 'mine'])
})

test('10: a depth of 999 is accepted, 1000 throws', async () => {
  const run = await expose('{ take: () => "taken" }')
  const call = (depth: number): string => `(() => { let v = {}; const root = v; for (let i = 1; i < ${depth}; i++) v = v.next = {}; try { return api.take(root) } catch (e) { return e.message } })()`
  expect(await run(call(999))).toBe('taken')
  expect(await run(call(1000))).toContain('recursion depth exceeded')
})

test('11: exposing a key twice throws and leaves the first', async () => {
  const run = await expose('{ n: 1 }', '').then(async () => {
    const id = await fixture.open(`const { contextBridge } = require('electron'); contextBridge.exposeInMainWorld('api', { n: 1 });
      let message; try { contextBridge.exposeInMainWorld('api', { n: 2 }) } catch (e) { message = e.message } contextBridge.exposeInMainWorld('message', message)`)
    return (code: string) => fixture.run(id, code)
  })
  expect(await run('[api.n, message]')).toEqual([1, 'Cannot bind an API on top of an existing property on the window object'])
})

test('12: cyclic objects cross', async () => {
  const run = await expose('{ ring, check: (v) => v.self === v && v.list[0] === v }', 'const ring = { name: "r" }; ring.ring = ring')
  expect(await run(`{ const v = { list: [] }; v.self = v; v.list.push(v); [api.ring.ring === api.ring, api.ring.name, api.check(v)] }`)).toEqual([true, 'r', true])
})

test('13: blobs and DOM elements cross', async () => {
  const run = await expose(`{ size: (b) => [b instanceof Blob, b.size], tag: (e) => [e instanceof Element, e.tagName, e === document.body], body: () => document.body, mark: (e) => { e.dataset.mark = 'seen' } }`)
  expect(await run(`{ const e = document.createElement('b'); api.mark(e); [api.size(new Blob(['abc'])), api.tag(document.body), api.body() === document.body, e.dataset.mark] }`))
    .toEqual([[true, 3], [true, 'BODY', true], true, 'seen'])
})

test('14: a reload makes everything new', async () => {
  const id = await fixture.open(`require('electron').contextBridge.exposeInMainWorld('api', { stamp: Math.random(), hold: (f) => { globalThis.held = f }, held: () => typeof globalThis.held })`)
  const before = await fixture.run<[number, string]>(id, 'api.hold(() => 1); [api.stamp, api.held()]')
  await fixture.app.evaluate(async ({ webContents }, about) => {
    const contents = webContents.fromId(about)
    contents?.reload()
    await new Promise((resolve) => { contents?.once('did-finish-load', () => { resolve(undefined) }) })
  }, id)
  const after = await fixture.run<[number, string]>(id, '[api.stamp, api.held()]')
  expect(before[1]).toBe('function')
  expect(after[1]).toBe('undefined')
  expect(after[0]).not.toBe(before[0])
})

test('the preload is sandboxed: four modules, a bare process, its own world', async () => {
  const id = await fixture.open(`
    const tries = (name) => { try { require(name); return 'there' } catch (e) { return e.message } }
    globalThis.secret = 1
    const { EventEmitter } = require('events')
    let heard = 0; const emitter = new EventEmitter(); emitter.once('x', (n) => { heard += n }); emitter.emit('x', 2); emitter.emit('x', 2)
    require('electron').contextBridge.exposeInMainWorld('seen', { fs: tries('fs'), rel: tries('./other.cjs'), url: tries('url'), timers: tries('node:timers'), process: [process.type, process.sandboxed, typeof process.on, typeof process.exit],
      module: typeof module.exports, clip: (() => { try { return require('electron').clipboard } catch (e) { return e.message } })(), heard, path: process.env.PATH.length > 0 })`)
  expect(await fixture.run(id, '[seen, typeof secret, typeof require]')).toEqual([{
    fs: 'module not found: fs', rel: 'module not found: ./other.cjs', url: 'there', timers: 'there', process: ['renderer', true, 'function', 'undefined'],
    module: 'object', clip: 'electron (renderer).clipboard is not in the stand-in', heard: 2, path: true,
  }, 'undefined', 'undefined'])
})

test('a preload that throws, or cannot be read or parsed, is a preload-error and the page still loads', async () => {
  const outcome = await fixture.app.evaluate(async ({ BrowserWindow }, folder) => {
    const { writeFileSync } = process.getBuiltinModule('node:fs')
    const results: string[] = []
    for (const [name, source] of Object.entries({ throws: 'throw new Error("broken preload")', syntax: 'const = 1', missing: null })) {
      const preload = `${folder}/${name}.cjs`
      if (source !== null) writeFileSync(preload, source)
      const window = new BrowserWindow({ show: false, webPreferences: { preload } })
      window.webContents.on('preload-error', (_event: unknown, path: string, error: Error) => { results.push(`${name} ${String(path === preload)} ${error.message}`) })
      await window.loadURL('app://parley/blank.html')
      results.push(await window.webContents.executeJavaScript('document.title') as string)
      window.destroy()
    }
    return results
  }, fixture.folder)
  expect(outcome).toEqual(['throws true broken preload', 'Blank', expect.stringMatching(/^syntax true Unexpected token/), 'Blank', expect.stringMatching(/^missing true ENOENT/), 'Blank'])
})
