import { createServer, type AddressInfo, type Server } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { connect } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { checkKey } from '../../../main/realtime/check-key.ts'
import { RealtimeConnection, type ConnectionEvent, type ConnectionOptions } from '../../../main/realtime/connection.ts'
import { makeEndpoint, type Endpoint } from '../../../main/realtime/endpoint.ts'
import { SecretKey } from '../../../main/realtime/secret-key.ts'
import type { FailureCode } from '../../../shared/failure.ts'
import { startRealtimeServer, type RealtimeServer, type RealtimeServerOptions } from '../../realtime-server/index.ts'

// Without the usual sk-, so that only knowing the key can keep it out of messages.
const KEY = 'MARKER-0123456789'

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const act of undo.splice(0).toReversed()) await act()
})

async function server(options: RealtimeServerOptions = {}): Promise<RealtimeServer> {
  const running = await startRealtimeServer(options)
  undo.push(() => running.stop())
  return running
}

function endpointOf(url: string, model = ''): Endpoint {
  const made = makeEndpoint({ kind: 'compatible', url, model }, { hasKey: true, consent: true })
  if (!made.ok) throw new Error(made.failure.code)
  return made.endpoint
}

/** A connection that writes down what it says. */
class Probe {
  readonly events: ConnectionEvent[] = []
  readonly connection: RealtimeConnection
  #waiting: (() => void)[] = []

  constructor(url: string, options: Partial<ConnectionOptions> = {}) {
    const endpoint = options.endpoint ?? endpointOf(url)
    this.connection = new RealtimeConnection({
      endpoint,
      key: new SecretKey(KEY, endpoint.origin),
      resolveProxy: () => Promise.resolve('DIRECT'),
      listener: (event) => {
        this.events.push(event)
        for (const wake of this.#waiting.splice(0)) wake()
      },
      ...options,
    })
    undo.push(() => {
      this.connection.close()
    })
    this.connection.open()
  }

  async until<Type extends ConnectionEvent['type']>(type: Type): Promise<Extract<ConnectionEvent, { type: Type }>> {
    const until = performance.now() + 5000
    for (;;) {
      const found = this.events.find((event) => event.type === type)
      if (found !== undefined) return found as Extract<ConnectionEvent, { type: Type }>
      if (performance.now() > until) throw new Error(`no ${type}; got ${inspect(this.events)}`)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        setTimeout(resolve, 500).unref()
      })
    }
  }

  /** The failure it ends with; proves that the key is nowhere in what it said. */
  async failure(): Promise<{ code: FailureCode | undefined; detail: Record<string, string | number>; retry: boolean }> {
    const closed = await this.until('closed')
    expect(inspect(this.events, { depth: 20 })).not.toContain('MARKER')
    expect(this.events.filter((event) => event.type === 'closed')).toHaveLength(1)
    return { code: closed.failure?.code, detail: closed.failure?.detail ?? {}, retry: closed.retry }
  }

  serverEvents(): string[] {
    return this.events.flatMap((event) => (event.type === 'event' ? [event.event.type] : []))
  }
}

/** A TCP server that does one thing with each socket. */
async function tcp(act: (server: Server) => void): Promise<number> {
  const listening = createServer()
  act(listening)
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  undo.push(() => {
    listening.close()
  })
  return (listening.address() as AddressInfo).port
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a good connection', () => {
  it('opens with the key in its header only, delivers events and sends', async () => {
    const peer = await server({ key: KEY })
    const probe = new Probe(peer.url, { endpoint: endpointOf(peer.url, 'gpt-realtime-2.1') })
    await probe.until('event')
    expect(probe.events[0]).toEqual({ type: 'open' })
    expect(probe.serverEvents()).toEqual(['session.created'])
    expect(peer.connection.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(peer.connection.headers['openai-beta']).toBeUndefined()
    expect(peer.connection.headers['sec-websocket-extensions']).toBeUndefined()
    expect(peer.connection.url).toBe('/v1/realtime?model=gpt-realtime-2.1')
    expect(peer.connection.session['model']).toBe('gpt-realtime-2.1')

    expect(probe.connection.send({ type: 'input_audio_buffer.clear', event_id: 'e1' })).toBe(true)
    expect(await peer.waitFor('input_audio_buffer.clear')).toMatchObject({ event_id: 'e1' })
    expect(probe.connection.sendAudio(Uint8Array.from([1, 2, 3, 4]))).toBe(true)
    await peer.waitFor('input_audio_buffer.append')
    expect([...peer.connection.appended]).toEqual([0x0201, 0x0403])
  })

  it('closes at once, once, with 1000, and then sends nothing', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('event')
    probe.connection.close()
    expect(probe.events.at(-1)).toEqual({ type: 'closed', failure: null, retry: false })
    probe.connection.close()
    expect(probe.connection.send({ type: 'input_audio_buffer.clear' })).toBe(false)
    expect(probe.connection.sendAudio(new Uint8Array(2))).toBe(false)
    await expect.poll(() => peer.connection.closed).toMatchObject({ code: 1000 })
    expect(probe.events.filter(({ type }) => type === 'closed')).toHaveLength(1)
  })

  it('may be opened again, and hears nothing of the old socket', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('event')
    // Under way when the connection ends, arrives afterwards.
    peer.connection.sendUnknown()
    probe.connection.close()
    probe.events.length = 0
    probe.connection.open()
    await probe.until('event')
    await pause(30)
    expect(probe.events.map(({ type }) => type)).toEqual(['open', 'event'])
    expect(peer.connections).toHaveLength(2)
  })

  it('closed while connecting leaves no connection behind', async () => {
    const peer = await server({ upgrade: { kind: 'accept', delayMs: 30 } })
    const probe = new Probe(peer.url)
    await pause(10)
    probe.connection.close()
    await pause(60)
    expect(probe.events).toEqual([{ type: 'closed', failure: null, retry: false }])
    expect(peer.connections).toHaveLength(0)
  })

  it('waits for a server that takes its time', async () => {
    const peer = await server({ upgrade: { kind: 'accept', delayMs: 300 }, created: { delayMs: 100 } })
    const probe = new Probe(peer.url)
    await probe.until('event')
    expect(probe.serverEvents()).toEqual(['session.created'])
  })

  it('refuses to send what no server accepts, and lives on', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('open')
    expect(() => probe.connection.send({ type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: -1 })).toThrow(RangeError)
    expect(probe.connection.state).toBe('open')
  })
})

describe('a refused upgrade', () => {
  const error = (code: string, message = 'no'): string => JSON.stringify({ error: { code, message } })

  it.each<[number, string, FailureCode, boolean]>([
    [401, error('invalid_api_key', `Incorrect API key provided: ${KEY}`), 'invalid_key', false],
    [401, '', 'invalid_key', false],
    [403, error('forbidden', `Key ${KEY} may not`), 'no_access', false],
    [404, error('model_not_found'), 'model_not_found', false],
    [400, error('OperationNotSupported', 'sk-proj-MARKERxyz and more'), 'bad_request', false],
    [407, '', 'proxy_failed', false],
    [408, '', 'timeout', true],
    [429, error('rate_limit_exceeded'), 'rate_limited', true],
    [429, error('insufficient_quota'), 'quota_exhausted', false],
    [403, error('account_deactivated'), 'account_deactivated', false],
    [500, '<html>oops</html>', 'server_unavailable', true],
    [503, error(KEY), 'server_unavailable', true],
    [200, 'hello', 'not_realtime', false],
    [404, '{"error":', 'model_not_found', false],
  ])('%i %s', async (status, body, code, retry) => {
    const peer = await server({ upgrade: { kind: 'status', status, body } })
    const probe = new Probe(peer.url, { endpoint: endpointOf(peer.url, 'some-model') })
    expect(await probe.failure()).toMatchObject({ code, retry, detail: { status, model: 'some-model' } })
  })

  it('a redirect is not followed', async () => {
    const other = await server()
    const peer = await server({ upgrade: { kind: 'status', status: 302, headers: { Location: other.url } } })
    expect(await new Probe(peer.url).failure()).toMatchObject({ code: 'redirect_refused', retry: false, detail: { status: 302 } })
    expect(other.upgrades).toHaveLength(0)
  })

  it('says what the server said, without control characters', async () => {
    const peer = await server({ upgrade: { kind: 'status', status: 400, body: error('unsupported', 'The model\n does not speak.') } })
    expect((await new Probe(peer.url).failure()).detail).toMatchObject({ error: 'unsupported', message: 'The model  does not speak.' })
  })

  it('does not read an endless body', async () => {
    const port = await tcp((listening) => {
      listening.on('connection', (socket) => {
        socket.on('error', () => socket.destroy())
        socket.write('HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n')
        const timer = setInterval(() => socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`), 5)
        socket.on('close', () => {
          clearInterval(timer)
        })
      })
    })
    expect(await new Probe(`ws://127.0.0.1:${port}/`).failure()).toMatchObject({ code: 'server_unavailable' })
  })
})

describe('no connection', () => {
  it('nobody listens', async () => {
    const peer = await startRealtimeServer()
    const { url } = peer
    await peer.stop()
    expect(await new Probe(url).failure()).toMatchObject({ code: 'offline', retry: true, detail: { error: 'ECONNREFUSED' } })
  })

  it('the name does not exist', async () => {
    expect(await new Probe('ws://no-such-host.invalid/').failure()).toMatchObject({ code: 'offline', retry: true })
  })

  it('no answer to the upgrade', async () => {
    const peer = await server({ upgrade: { kind: 'never' } })
    expect(await new Probe(peer.url, { times: { open: 100 } }).failure()).toMatchObject({ code: 'timeout', retry: true })
  })

  it('no answer about the proxy', async () => {
    const probe = new Probe('wss://example.invalid/', { resolveProxy: () => new Promise<string>(() => undefined), times: { open: 50 } })
    expect(await probe.failure()).toMatchObject({ code: 'timeout' })
  })

  it('cut during the upgrade', async () => {
    const peer = await server({ upgrade: { kind: 'drop' } })
    expect(await new Probe(peer.url).failure()).toMatchObject({ code: 'connection_lost', retry: true })
  })

  it('TLS to a server without', async () => {
    const peer = await server()
    expect(await new Probe(peer.url.replace('ws:', 'wss:')).failure()).toMatchObject({ code: 'tls_failed', retry: false })
  })

  it('something that is no HTTP', async () => {
    const port = await tcp((listening) => {
      listening.on('connection', (socket) => {
        socket.on('error', () => socket.destroy())
        socket.end('SSH-2.0-OpenSSH_9.9\r\n')
      })
    })
    expect(await new Probe(`ws://127.0.0.1:${port}/`).failure()).toMatchObject({ code: 'not_realtime' })
  })

  it('a key of another origin is not sent', async () => {
    const peer = await server()
    const probe = new Probe(peer.url, { key: new SecretKey(KEY, 'wss://api.openai.com') })
    expect(await probe.failure()).toMatchObject({ code: 'no_key' })
    expect(peer.upgrades).toHaveLength(0)
  })
})

describe('a proxy', () => {
  /** An HTTP proxy that answers CONNECT with `status`, or tunnels. */
  async function proxy(status: number): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = []
    const http = createHttpServer()
    http.on('connect', (request, socket) => {
      asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`)
      socket.on('error', () => socket.destroy())
      if (status !== 200) {
        socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)
        return
      }
      const port = Number((request.url ?? '').split(':')[1])
      const out = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        out.pipe(socket).pipe(out)
      })
      out.on('error', () => socket.destroy())
      socket.on('close', () => out.destroy())
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    undo.push(() => {
      http.closeAllConnections()
      http.close()
    })
    return { port: (http.address() as AddressInfo).port, asked }
  }

  it('is gone through with CONNECT, and never sees the key', async () => {
    const peer = await server({ key: KEY })
    const through = await proxy(200)
    const urls: string[] = []
    const probe = new Probe(`ws://realtime.invalid:${peer.port}/v1/realtime`, {
      resolveProxy: (url) => {
        urls.push(url)
        return Promise.resolve(`SOCKS5 127.0.0.1:1; PROXY 127.0.0.1:${through.port}; DIRECT`)
      },
    })
    await probe.until('event')
    expect(urls).toEqual([`http://realtime.invalid:${peer.port}/v1/realtime`])
    expect(through.asked).toEqual([`realtime.invalid:${peer.port} `])
    expect(peer.connection.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  it.each([403, 407, 502])('that refuses with %i is named', async (status) => {
    const through = await proxy(status)
    const probe = new Probe('ws://realtime.invalid/', { resolveProxy: () => Promise.resolve(`PROXY 127.0.0.1:${through.port}`) })
    expect(await probe.failure()).toMatchObject({ code: 'proxy_failed', detail: { status } })
  })

  it('that is not there', async () => {
    const probe = new Probe('ws://realtime.invalid/', { resolveProxy: () => Promise.resolve('PROXY 127.0.0.1:1') })
    expect(await probe.failure()).toMatchObject({ code: 'proxy_failed' })
  })

  it('that only speaks SOCKS is refused in words', async () => {
    const probe = new Probe('wss://realtime.invalid/', { resolveProxy: () => Promise.resolve('SOCKS5 10.0.0.1:1080') })
    expect(await probe.failure()).toMatchObject({ code: 'proxy_failed', detail: { proxy: 'SOCKS5 10.0.0.1:1080' } })
  })

  it('is never asked for on the way to this computer', async () => {
    const peer = await server()
    const probe = new Probe(peer.url, { resolveProxy: () => Promise.reject(new Error('asked')) })
    await probe.until('open')
    expect(probe.connection.state).toBe('open')
  })
})

describe('the end of an open connection', () => {
  it.each<[number, string, FailureCode, boolean]>([
    [1000, '', 'closed_by_server', false],
    [1001, '', 'closed_by_server', true],
    [1001, 'Your session hit the maximum duration of 60 minutes.', 'session_expired', true],
    [1002, '', 'protocol_error', false],
    [1005, '', 'connection_lost', true],
    [1008, '', 'closed_by_server', false],
    [1009, '', 'protocol_error', false],
    [1011, '', 'server_unavailable', true],
    [1013, '', 'server_unavailable', true],
    [4000, 'invalid_request_error.beta_api_shape_disabled', 'protocol_error', false],
    [4000, 'invalid_request_error.invalid_api_key', 'invalid_key', false],
    [4321, `because of ${KEY}`, 'closed_by_server', false],
  ])('%i %s', async (code, reason, failure, retry) => {
    const peer = await server({ closeAtOnce: { code, reason } })
    expect(await new Probe(peer.url).failure()).toMatchObject({ code: failure, retry, detail: { code } })
  })

  it('the TCP connection is cut', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('event')
    peer.connection.drop()
    expect(await probe.failure()).toMatchObject({ code: 'connection_lost', retry: true })
  })

  it('the other side falls silent: two pings without an answer', async () => {
    const peer = await server()
    const probe = new Probe(peer.url, { times: { ping: 40 } })
    await probe.until('event')
    await pause(250)
    expect(probe.connection.state).toBe('open')
    peer.connection.fallSilent()
    expect(await probe.failure()).toMatchObject({ code: 'connection_lost', retry: true })
  })

  it('a fatal error event names the reason, the close that follows does not', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('event')
    peer.connection.sendError('insufficient_quota', 'You exceeded your quota.')
    peer.connection.close(1008)
    expect(await probe.failure()).toMatchObject({ code: 'quota_exhausted', retry: false })
    expect(probe.serverEvents()).toEqual(['session.created', 'error'])
  })

  it('a listener that throws ends the connection, not the process', async () => {
    const peer = await server()
    const heard: string[] = []
    const faults: unknown[] = []
    new Probe(peer.url, {
      fault: (problem) => faults.push(problem),
      listener: (event) => {
        heard.push(event.type === 'closed' ? (event.failure?.code ?? 'null') : event.type)
        if (event.type === 'event') throw new Error('oops')
      },
    })
    await peer.waitFor('connection')
    await expect.poll(() => heard).toEqual(['open', 'event', 'internal'])
    expect(faults).toEqual([new Error('oops')])
  })
})

describe('bad frames', () => {
  it('are reported and survived; unknown events are only named', async () => {
    const peer = await server({ greeting: ['not json', Buffer.from([0xff, 0x00, 0xfe]), '{"type":"response.done"}'] })
    const probe = new Probe(peer.url)
    await probe.until('event')
    peer.connection.sendUnknown()
    await probe.until('unknown')
    expect(probe.events.flatMap((event) => (event.type === 'notice' ? [event.failure] : []))).toMatchObject([
      { code: 'protocol_error', detail: { reason: 'is not JSON', count: 1 } },
      { code: 'protocol_error', detail: { reason: 'is not text in UTF-8', count: 2 } },
      { code: 'protocol_error', detail: { reason: 'must be an object', path: 'response', count: 3 } },
    ])
    expect(probe.serverEvents()).toEqual(['session.created'])
    expect(probe.connection.state).toBe('open')
  })

  it('more than 20 in a row end it', async () => {
    const peer = await server({ greeting: Array.from({ length: 21 }, () => '<html>') })
    const probe = new Probe(peer.url)
    expect(await probe.failure()).toMatchObject({ code: 'protocol_error', retry: false, detail: { count: 21 } })
    await expect.poll(() => peer.connection.closed).toMatchObject({ code: 1002 })
  })

  it('20 in a row are survived, and a good one begins the count anew', async () => {
    const bad = Array.from({ length: 20 }, () => '<html>')
    const peer = await server({ greeting: [...bad, '{"type":"input_audio_buffer.cleared"}', ...bad] })
    const probe = new Probe(peer.url)
    await expect.poll(() => probe.serverEvents()).toEqual(['input_audio_buffer.cleared', 'session.created'])
    expect(probe.events.findLast(({ type }) => type === 'notice')).toMatchObject({ failure: { detail: { count: 40 } } })
  })

  it('events as binary frames are events', async () => {
    const peer = await server({ greeting: [Buffer.from('{"type":"input_audio_buffer.cleared"}')] })
    const probe = new Probe(peer.url)
    await probe.until('event')
    expect(probe.serverEvents()[0]).toBe('input_audio_buffer.cleared')
  })

  it('an event of 20 MB is taken', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('event')
    peer.connection.sendHuge(20_000_000)
    await probe.until('unknown')
    expect(probe.connection.state).toBe('open')
  })

  it('one beyond 64 MiB ends the connection in words', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('event')
    peer.connection.sendHuge(65 * 1024 * 1024)
    expect(await probe.failure()).toMatchObject({ code: 'protocol_error', retry: false })
  })

  it('text that is not UTF-8 ends the connection in words', async () => {
    const peer = await server()
    const probe = new Probe(peer.url)
    await probe.until('event')
    peer.connection.sendBrokenText()
    expect(await probe.failure()).toMatchObject({ code: 'protocol_error' })
  })
})

describe('checkKey', () => {
  const check = (url: string, createdTimeout?: number): ReturnType<typeof checkKey> => {
    const endpoint = endpointOf(url, 'gpt-realtime-2.1')
    return checkKey({ endpoint, key: new SecretKey(KEY, endpoint.origin), resolveProxy: () => Promise.resolve('DIRECT') }, createdTimeout)
  }

  it('reads session.created, closes, and asks for nothing', async () => {
    const peer = await server({ key: KEY })
    expect(await check(peer.url)).toMatchObject({ ok: true, model: 'gpt-realtime-2.1', voice: 'alloy', expiresAt: expect.any(Number) as number })
    await expect.poll(() => peer.connection.closed).toMatchObject({ code: 1000 })
    expect(peer.received).toEqual([])
  })

  it('a wrong key', async () => {
    const peer = await server({ key: 'another' })
    expect(await check(peer.url)).toMatchObject({ ok: false, failure: { code: 'invalid_key' } })
  })

  it('no session.created', async () => {
    const peer = await server({ created: 'never' })
    expect(await check(peer.url, 50)).toMatchObject({ ok: false, failure: { code: 'timeout' } })
    await expect.poll(() => peer.connection.closed).not.toBeNull()
  })

  it('a WebSocket that is no Realtime server', async () => {
    const peer = await server({ greeting: ['welcome to the echo server'], created: 'never' })
    expect(await check(peer.url)).toMatchObject({ ok: false, failure: { code: 'not_realtime' } })
  })

  it('a fatal error instead of session.created', async () => {
    const error = { type: 'error', error: { type: 'x', code: 'insufficient_quota', message: '' } }
    const peer = await server({ greeting: [JSON.stringify(error)], created: 'never' })
    expect(await check(peer.url)).toMatchObject({ ok: false, failure: { code: 'quota_exhausted' } })
  })
})
