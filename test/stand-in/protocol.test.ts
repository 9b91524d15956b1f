import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'

let fixture: Fixture

beforeAll(async () => {
  fixture = await launchFixture()
  // Answers of every kind under one roof; the fixture app serves files for the rest.
  await fixture.app.evaluate(() => {
    const { pages } = (globalThis as unknown as { fixture: { pages: Map<string, (request: Request) => unknown> } }).fixture
    const html = { 'content-type': 'text/html; charset=utf-8' }
    pages.set('/buffer', () => new Response(Buffer.from([0, 1, 255]), { headers: { 'x-own': 'yes' }, status: 201 }))
    pages.set('/stream', () => new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('first ')); c.enqueue(new TextEncoder().encode('second')); c.close() } })))
    pages.set('/throws', () => { throw new Error('handler') })
    pages.set('/malformed', () => 'text')
    pages.set('/error', () => Response.error())
    pages.set('/moved', () => new Response(null, { status: 302, headers: { location: 'app://parley/blank.html' } }))
    pages.set('/opener.html', () => new Response('<title>o</title><a id=a href="https://example.test/a" target=_blank>a</a><a id=s href="/blank.html">s</a>', { headers: html }))
  })
})
afterAll(async () => { await fixture.close() })

const load = (url: string): Promise<string> => fixture.app.evaluate(async ({ BrowserWindow }, about) => {
  const window = new BrowserWindow({ show: false })
  try {
    await window.loadURL(about)
    return `loaded ${window.webContents.getURL()}`
  } catch (error) {
    const { message, code, errno } = error as Error & { code: string, errno: number }
    return `${message} | ${code} ${errno}`
  } finally {
    window.destroy()
  }
}, url)

test('API before ready is refused, and a second registration of schemes', async () => {
  const outcome = await fixture.app.evaluate(({ app, protocol }) => {
    const say = (action: () => void): string => { try { action(); return 'fine' } catch (error) { return (error as Error).message } }
    return [(globalThis as unknown as { fixture: { readyAtStart: boolean } }).fixture.readyAtStart, app.isReady(), say(() => { protocol.registerSchemesAsPrivileged([]) })]
  })
  expect(outcome).toEqual([false, true, 'protocol.registerSchemesAsPrivileged should be called before app is ready'])
})

test('37: bodies as text, bytes and stream, with status and headers as given', async () => {
  const id = await fixture.open('')
  const get = (path: string): Promise<unknown> => fixture.run(id, `fetch('${path}').then(async (r) => [r.status, r.headers.get('x-own'), [...new Uint8Array(await r.arrayBuffer())]])`)
  expect(await get('/buffer')).toEqual([201, 'yes', [0, 1, 255]])
  expect(await fixture.run(id, `fetch('/stream').then((r) => r.text())`)).toBe('first second')
  expect(await fixture.run(id, `fetch('/nothing.html').then((r) => r.status)`)).toBe(404)
})

test('37: a handler that fails is ERR_UNEXPECTED, Response.error() is ERR_FAILED, no handler is ERR_UNKNOWN_URL_SCHEME', async () => {
  expect(await load('app://parley/throws')).toBe("ERR_UNEXPECTED (-9) loading 'app://parley/throws' | ERR_UNEXPECTED -9")
  expect(await load('app://parley/malformed')).toContain('ERR_UNEXPECTED')
  expect(await load('app://parley/error')).toBe("ERR_FAILED (-2) loading 'app://parley/error' | ERR_FAILED -2")
  const id = await fixture.open('')
  expect(await fixture.run(id, `fetch('/throws').then(() => 'there', (e) => e.name)`)).toBe('TypeError')
  const unhandled = await fixture.app.evaluate(async ({ BrowserWindow, protocol }) => {
    const { pages } = (globalThis as unknown as { fixture: { pages: unknown } }).fixture
    void pages
    protocol.unhandle('app')
    const window = new BrowserWindow({ show: false })
    const message = await window.loadURL('app://parley/blank.html').then(() => 'loaded', (error: Error) => error.message)
    window.destroy()
    return [message, protocol.isProtocolHandled('app')]
  })
  expect(unhandled).toEqual([expect.stringContaining('ERR_UNKNOWN_URL_SCHEME'), false])
  await fixture.app.evaluate(({ protocol }) => {
    const { pages } = (globalThis as unknown as { fixture: { pages: Map<string, (request: Request) => Response> } }).fixture
    const { readFileSync } = process.getBuiltinModule('node:fs')
    protocol.handle('app', (request) => {
      const { pathname, search } = new URL(request.url)
      const made = pages.get(pathname)
      if (made) return made(request)
      const csp = new URLSearchParams(search).get('csp')
      return new Response(readFileSync(`${process.argv.find((item) => item.endsWith('fixtures/app')) ?? ''}${pathname}`), { headers: { 'content-type': 'text/html', ...csp === null ? {} : { 'content-security-policy': csp } } })
    })
  })
})

test('37: standard-scheme URLs are normalised; a user name fails', async () => {
  expect(await load('app:///parley/blank.html')).toBe('loaded app://parley/blank.html')
  expect(await load('app://PARLEY:1234/blank.html?a=1#b')).toBe('loaded app://parley/blank.html?a=1#b')
  expect(await load('app://me@parley/blank.html')).toContain('ERR_INVALID_URL')
})

test('the app sees app://parley everywhere, the page its https origin', async () => {
  const seen = await fixture.app.evaluate(async ({ BrowserWindow }) => {
    const window = new BrowserWindow({ show: false })
    const events: unknown[] = []
    window.webContents.on('did-start-navigation', ({ url, isMainFrame }) => { events.push(['start', url, isMainFrame]) })
    window.webContents.on('did-navigate', (_event, url, code) => { events.push(['navigate', url, code]) })
    window.webContents.on('did-navigate-in-page', (_event, url) => { events.push(['in page', url]) })
    window.webContents.on('console-message', ({ level, message, sourceId }) => { events.push(['console', level, message, sourceId]) })
    await window.loadURL('app://parley/blank.html')
    const inPage = await window.webContents.executeJavaScript(`location.hash = 'x'; console.warn('said'); [location.origin, isSecureContext, document.baseURI]`) as unknown
    const posted = await window.webContents.executeJavaScript(`fetch('/echo', { method: 'POST', body: 'hello' }).catch(() => 0).then(() => 0)`) as unknown
    void posted
    await new Promise((done) => { setTimeout(done, 50) })
    const frame = window.webContents.mainFrame
    return { events, inPage, frame: [frame.url, frame.origin], url: window.webContents.getURL() }
  })
  expect(seen.inPage).toEqual(['https://parley.app.test', true, 'https://parley.app.test/blank.html#x'])
  expect(seen.frame).toEqual(['app://parley/blank.html#x', 'app://parley'])
  expect(seen.url).toBe('app://parley/blank.html#x')
  expect(seen.events).toContainEqual(['start', 'app://parley/blank.html', true])
  expect(seen.events).toContainEqual(['navigate', 'app://parley/blank.html', 200])
  expect(seen.events).toContainEqual(['in page', 'app://parley/blank.html#x'])
  expect(seen.events).toContainEqual(expect.arrayContaining(['console', 'warning', 'said']))
})

test('the content security policy of a response is in force', async () => {
  const csp = "default-src 'none'; script-src 'self'; connect-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
  const id = await fixture.open(`require('electron').contextBridge.exposeInMainWorld('api', { works: () => 'works' })`, { path: `/blank.html?csp=${encodeURIComponent(csp)}` })
  expect(await fixture.run(id, `(async () => [api.works(), await fetch('/blank.html').then(() => 'fetched', () => 'blocked'),
    await new Promise((done) => { const s = document.createElement('img'); s.onload = () => done('loaded'); s.onerror = () => done('blocked'); s.src = '/x.png' }),
    (() => { try { document.body.innerHTML = '<b>x</b>'; return 'set' } catch (e) { return e.name } })()])()`)).toEqual(['works', 'blocked', 'blocked', 'TypeError'])
})

test('will-navigate can stop a page from leaving; what main itself asks for is not asked about', async () => {
  const seen = await fixture.app.evaluate(async ({ BrowserWindow }) => {
    const window = new BrowserWindow({ show: false })
    const { webContents } = window
    const asked: unknown[] = []
    webContents.on('will-frame-navigate', ({ url, isMainFrame }) => { asked.push(['frame', url, isMainFrame]) })
    webContents.on('will-navigate', (event) => { asked.push(['main', event.url]); if (!event.url.endsWith('/frames.html')) event.preventDefault() })
    await window.loadURL('app://parley/opener.html')
    webContents.reload()
    await new Promise((done) => { webContents.once('did-finish-load', () => { done(undefined) }) })
    const mine = asked.length
    const until = async (holds: () => boolean): Promise<void> => { while (!holds()) await new Promise((done) => { setTimeout(done, 20) }) }
    // A page that leaves all the same would do so soon after it was asked.
    const askedFor = async (count: number): Promise<void> => {
      await until(() => asked.length >= count)
      await new Promise((done) => { setTimeout(done, 300) })
    }
    await webContents.executeJavaScript(`location.href = 'https://example.test/away'; 0`)
    await askedFor(2)
    await webContents.executeJavaScript(`document.querySelector('#s').click(); 0`)
    await askedFor(4)
    const stayed = [webContents.getURL(), await webContents.executeJavaScript('document.title') as unknown]
    await webContents.executeJavaScript(`location.href = '/frames.html'; 0`)
    await until(() => webContents.getURL().endsWith('/frames.html'))
    return { mine, asked, stayed, now: webContents.getURL() }
  })
  expect(seen.mine).toBe(0)
  expect(seen.stayed).toEqual(['app://parley/opener.html', 'o'])
  expect(seen.asked.slice(0, 4)).toEqual([['frame', 'https://example.test/away', true], ['main', 'https://example.test/away'], ['frame', 'app://parley/blank.html', true], ['main', 'app://parley/blank.html']])
  expect(seen.now).toBe('app://parley/frames.html')
})

test('will-redirect is asked, and a redirect to the app’s own scheme is followed', async () => {
  expect(await load('app://parley/moved')).toBe('loaded app://parley/blank.html')
})

test('window.open and links with a target ask the open handler and open nothing', async () => {
  const seen = await fixture.app.evaluate(async ({ BrowserWindow }) => {
    const window = new BrowserWindow({ show: false })
    const asked: unknown[] = []
    window.webContents.setWindowOpenHandler(({ url, frameName }) => { asked.push([url, frameName]); return { action: 'deny' } })
    await window.loadURL('app://parley/opener.html')
    const before = BrowserWindow.getAllWindows().length
    const result = await window.webContents.executeJavaScript(`[window.open('/blank.html', 'name') === null, window.open('https://example.test/x') === null]`) as unknown
    await window.webContents.executeJavaScript(`document.querySelector('#a').click(); 0`, true)
    await new Promise((done) => { setTimeout(done, 400) })
    return { asked, result, opened: BrowserWindow.getAllWindows().length - before }
  })
  expect(seen.result).toEqual([true, true])
  expect(seen.asked).toEqual([['app://parley/blank.html', 'name'], ['https://example.test/x', ''], ['https://example.test/a', '_blank']])
  expect(seen.opened).toBe(0)
  expect(fixture.app.windows().some((page) => page.url().includes('example.test'))).toBe(false)
})

test('a page’s other requests never reach the handler', async () => {
  const id = await fixture.open('')
  expect(await fixture.run(id, `fetch('https://nowhere.invalid/x').then(() => 'there', (e) => e.name)`)).toBe('TypeError')
  const urls = await fixture.app.evaluate(() => (globalThis as unknown as { fixture: { requests: { url: string }[] } }).fixture.requests.map((item) => item.url))
  expect(urls.every((url) => url.startsWith('app://parley/'))).toBe(true)
})
