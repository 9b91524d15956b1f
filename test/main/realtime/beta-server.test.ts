import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import type { AddressInfo } from 'node:net'
import { RealtimeConnection } from '../../../main/realtime/connection.ts'
import { makeEndpoint, upgradeHeaders, type Endpoint, type EndpointChoice } from '../../../main/realtime/endpoint.ts'
import { SecretKey } from '../../../main/realtime/secret-key.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import { fixtures } from '../../shared/realtime/fixtures.ts'
import { Watched } from '../../shared/conversation/reducing.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const act of undo.splice(0).toReversed()) act()
})

/** The old description's own example of an event. */
function example(name: string): string {
  const found = fixtures('beta').find((fixture) => fixture.name === name)
  if (!found) throw new Error(name)
  return found.text
}

type Frame = Record<string, unknown> & { type: string }

/** A server that speaks the protocol of before GA and nothing else. */
async function oldServer(created: string, reply: (frame: Frame, socket: WebSocket) => void): Promise<{ url: string; received: Frame[]; header: () => unknown }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const received: Frame[] = []
  let header: unknown
  server.on('connection', (socket, request) => {
    header = request.headers['openai-beta']
    socket.send(created)
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame
      received.push(frame)
      reply(frame, socket)
    })
  })
  undo.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await new Promise<void>((resolve) => server.once('listening', () => resolve()))
  return { url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1/realtime`, received, header: () => header }
}

function endpointOf(choice: Partial<EndpointChoice>): Endpoint {
  const made = makeEndpoint({ kind: 'compatible', url: '', model: '', ...choice }, { hasKey: false, consent: true })
  if (!made.ok) throw new Error(made.failure.code)
  return made.endpoint
}

/** Connects and hands every event to `each`; resolves when it says so. */
function talk(endpoint: Endpoint, each: (event: ServerEvent, connection: RealtimeConnection) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = new RealtimeConnection({
      endpoint,
      key: null,
      resolveProxy: () => Promise.resolve('DIRECT'),
      listener: (event) => {
        if (event.type === 'event' && each(event.event, connection)) resolve()
        if (event.type === 'notice' || (event.type === 'closed' && event.failure)) reject(new Error(JSON.stringify(event)))
      },
    })
    undo.push(() => {
      connection.close()
    })
    connection.open()
  })
}

const UPDATE = { type: 'session.update' as const, session: { type: 'realtime' as const, output_modalities: ['audio' as const], audio: { output: { voice: 'sage' } } } }

describe('a compatible server that speaks the old protocol', () => {
  it('just works: it is recognised by its first session, and a whole turn becomes a conversation', async () => {
    const at = { response_id: 'r1', item_id: 'a1', output_index: 0, content_index: 0 }
    const answer: object[] = [
      { type: 'conversation.item.created', previous_item_id: null, item: { id: 'u1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello?' }] } },
      { type: 'response.created', response: { id: 'r1', status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', response_id: 'r1', output_index: 0, item: { id: 'a1', type: 'message', role: 'assistant', status: 'in_progress', content: [] } },
      { type: 'conversation.item.created', previous_item_id: 'u1', item: { id: 'a1', type: 'message', role: 'assistant', status: 'in_progress', content: [] } },
      { type: 'response.content_part.added', ...at, part: { type: 'audio', transcript: '' } },
      { type: 'response.audio_transcript.delta', ...at, delta: 'Hi ' },
      { type: 'response.audio.delta', ...at, delta: 'AAABAAIA' },
      { type: 'response.audio_transcript.done', ...at, transcript: 'Hi there.' },
      { type: 'response.audio.done', ...at },
      { type: 'response.done', response: { id: 'r1', status: 'completed', output: [{ id: 'a1', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'audio', transcript: 'Hi there.' }] }] } },
    ]
    const server = await oldServer(example('server.session.created.json'), (frame, socket) => {
      if (frame.type === 'session.update') socket.send(example('server.session.updated.json'))
      if (frame.type === 'response.create') for (const event of answer) socket.send(JSON.stringify(event))
    })
    const watched = new Watched()
    let sound = 0
    await talk(endpointOf({ url: server.url }), (event, connection) => {
      watched.apply(event)
      if (event.type === 'session.created') connection.send(UPDATE)
      if (event.type === 'session.updated') connection.send({ type: 'response.create', response: { output_modalities: ['text'] } })
      if (event.type === 'response.output_audio.delta') sound += event.audio.byteLength
      return event.type === 'response.done'
    })
    expect(server.received).toEqual([
      { type: 'session.update', session: { modalities: ['text', 'audio'], voice: 'sage' } },
      { type: 'response.create', response: { modalities: ['text'] } },
    ])
    expect(watched.lines).toEqual(['user: Hello?', 'assistant: Hi there.'])
    expect(watched.shown[1]).toMatchObject({ source: 'voice', response: { status: 'completed' } })
    expect(sound).toBe(6)
    // It was not marked, so nothing in the request says so.
    expect(server.header()).toBeUndefined()
  })

  it('may be marked, and is then spoken to in the old shape from the first event on', async () => {
    const server = await oldServer(JSON.stringify({ type: 'session.created', session: { id: 's1' } }), (_, socket) => socket.send(example('server.session.updated.json')))
    await talk(endpointOf({ url: server.url, beta: true }), (event, connection) => {
      if (event.type === 'session.created') connection.send(UPDATE)
      return event.type === 'session.updated'
    })
    expect(server.received).toEqual([{ type: 'session.update', session: { modalities: ['text', 'audio'], voice: 'sage' } }])
    expect(server.header()).toBe('realtime=v1')
  })

  it('that speaks today’s is spoken to in today’s', async () => {
    const server = await oldServer(JSON.stringify({ type: 'session.created', session: { id: 's1', audio: {} } }), (_, socket) => socket.send('{"type":"session.updated","session":{"audio":{}}}'))
    await talk(endpointOf({ url: server.url }), (event, connection) => {
      if (event.type === 'session.created') connection.send(UPDATE)
      return event.type === 'session.updated'
    })
    expect(server.received).toEqual([UPDATE])
  })
})

describe('the mark', () => {
  it('counts for compatible servers only', () => {
    expect(endpointOf({ kind: 'openai', beta: true }).shape).toBe('ga')
    expect(endpointOf({ kind: 'azure', url: 'https://r.openai.azure.com', beta: true }).shape).toBe('ga')
    expect(endpointOf({ url: 'ws://127.0.0.1:1/' }).shape).toBe('ga')
  })

  it('goes with the key in the header', () => {
    const endpoint = endpointOf({ url: 'wss://host/v1', beta: true })
    expect(upgradeHeaders(endpoint, null)).toEqual({ 'OpenAI-Beta': 'realtime=v1' })
    expect(upgradeHeaders(endpoint, new SecretKey('abc', endpoint.origin))).toEqual({ 'OpenAI-Beta': 'realtime=v1', Authorization: 'Bearer abc' })
    expect(upgradeHeaders(endpointOf({ url: 'wss://host/v1' }), null)).toEqual({})
  })
})
