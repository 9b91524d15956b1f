import { afterEach, describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { joinSamples, samplesOf, startRealtimeServer, tone, type Json, type RealtimeServer, type RealtimeServerOptions } from './index.ts'

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const act of undo.splice(0).toReversed()) await act()
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const MANUAL = { type: 'realtime', audio: { input: { turn_detection: null, transcription: { model: 'whisper-1' } } } }

function connect(server: RealtimeServer): Client {
  const client = new Client(server.url)
  undo.push(() => {
    client.socket.terminate()
  })
  return client
}

async function session(options: RealtimeServerOptions): Promise<{ server: RealtimeServer; client: Client }> {
  const server = await startRealtimeServer(options)
  undo.push(() => server.stop())
  const client = connect(server)
  await client.until('session.created')
  client.send('session.update', { session: MANUAL })
  await client.until('session.updated')
  return { server, client }
}

/** Sound of one item, in order of arrival. */
function soundOf(client: Client, itemId: unknown): Int16Array {
  const deltas = client.got.filter((event) => event['type'] === 'response.output_audio.delta' && event['item_id'] === itemId)
  return joinSamples(deltas.map((event) => samplesOf(Buffer.from(String(event['delta']), 'base64'))))
}

describe('the connection', () => {
  it.each([1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000, 4999])('is closed with %i', async (code) => {
    const { server, client } = await session({})
    server.connection.close(code, code === 1005 ? '' : 'because')
    await expect.poll(() => client.closed).toBe(code)
  })

  it('is half open: sends nothing more, answers no ping, takes what comes', async () => {
    const { server, client } = await session({})
    let pongs = 0
    client.socket.on('pong', () => pongs++)
    client.socket.ping()
    await expect.poll(() => pongs).toBe(1)
    server.connection.fallSilent()
    const before = client.got.length
    client.send('response.create')
    client.socket.ping()
    await pause(60)
    expect(pongs).toBe(1)
    expect(client.got.length).toBe(before)
    expect(client.closed).toBeNull()
  })

  it('goes with the server and comes back with it on the same port', async () => {
    const { server, client } = await session({})
    const { port } = server
    await server.goDown()
    await expect.poll(() => client.closed).toBe(1006)
    const refused = connect(server)
    await expect.poll(() => refused.closed).toBe(1006)
    expect(refused.got).toEqual([])
    await server.listen(port)
    const again = connect(server)
    await again.until('session.created')
    expect(server.connections).toHaveLength(2)
    expect(server.open).toBe(1)
  })

  it('is slow to configure', async () => {
    const server = await startRealtimeServer({ updated: { delayMs: 80 } })
    undo.push(() => server.stop())
    const client = connect(server)
    await client.until('session.created')
    const began = performance.now()
    client.send('session.update', { session: MANUAL })
    await client.until('session.updated')
    expect(performance.now() - began).toBeGreaterThanOrEqual(75)
  })
})

describe('an answer', () => {
  it('of several items: one begins before the one before it is done, each with its own sound and place', async () => {
    const first = tone(450, 300)
    const second = tone(500, 600)
    const { server, client } = await session({ answer: { pcm: first, text: 'One moment.', further: [{ pcm: second, text: 'Here it is.' }], speed: 50 } })
    client.send('response.create')
    const done = await client.until('response.done')
    const [one, two] = server.connection.items.map((item) => item['id'])
    expect([...soundOf(client, one)]).toEqual([...first])
    expect([...soundOf(client, two)]).toEqual([...second])
    const place = (type: string, id: unknown): number => client.got.findIndex((event) => event['type'] === type && event['item_id'] === id)
    expect(place('response.output_audio.delta', two)).toBeLessThan(place('response.output_audio.done', one))
    expect(done).toMatchObject({ response: { output: [{ id: one, status: 'completed' }, { id: two, status: 'completed' }] } })
    expect(client.got.filter((event) => event['type'] === 'response.output_item.added').map((event) => event['output_index'])).toEqual([0, 1])
    client.send('conversation.item.truncate', { item_id: two, content_index: 0, audio_end_ms: 501 })
    expect(await client.until('error')).toMatchObject({ error: { message: 'Audio content of 500ms is already shorter than 501ms' } })
  })

  it('of words and two calls of functions', async () => {
    const { client } = await session({
      answer: { text: 'Let me see.', functionCall: { name: 'a', arguments: '{}' }, furtherCalls: [{ name: 'b', arguments: '{"n":1}' }], speed: 'burst' },
    })
    client.send('response.create')
    const done = await client.until('response.done')
    expect(done).toMatchObject({ response: { output: [{ type: 'message' }, { type: 'function_call', name: 'a' }, { type: 'function_call', name: 'b', arguments: '{"n":1}' }] } })
    const calls = client.got.filter((event) => event['type'] === 'response.function_call_arguments.done')
    expect(new Set(calls.map((event) => event['call_id'])).size).toBe(2)
  })

  it('stalls and goes on, without a sample missing', async () => {
    const pcm = tone(1000)
    const { client } = await session({ answer: { pcm, speed: 'burst', stalls: [{ afterMs: 400, forMs: 60 }, { afterMs: 800, forMs: 60 }] } })
    client.send('response.create')
    const began = performance.now()
    await client.until('response.output_audio.delta', 2)
    await pause(20)
    expect(client.sound.length).toBe(400 * 24)
    await client.until('response.done')
    expect(performance.now() - began).toBeGreaterThanOrEqual(110)
    expect([...client.sound]).toEqual([...pcm])
  })

  it('stalls for ever', async () => {
    const { client, server } = await session({ answer: { pcm: tone(1000), speed: 'burst', break: { afterMs: 400, how: 'stall' } } })
    client.send('response.create')
    await client.until('response.output_audio.delta', 2)
    await pause(40)
    expect(client.sound.length).toBe(400 * 24)
    expect(server.connection.answering).toBe(true)
    client.send('response.cancel')
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'cancelled' } })
  })

  it('fails after it has spoken, in whatever shape', async () => {
    const { client } = await session({
      answer: [
        { pcm: tone(400), speed: 'burst', outcome: { status: 'failed', code: 'server_error' } },
        { outcome: { status: 'failed', code: 'x', details: 'a string' } },
      ],
    })
    client.send('response.create')
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'failed', status_details: { error: { code: 'server_error' } }, output: [{ status: 'incomplete' }] } })
    expect(client.sound.length).toBe(400 * 24)
    client.send('response.create')
    expect(await client.until('response.done', 2)).toMatchObject({ response: { status_details: 'a string' } })
  })

  it('is added to the conversation before it is announced', async () => {
    const { client } = await session({ answer: { addedFirst: true, speed: 'burst' } })
    client.send('response.create')
    await client.until('response.done')
    expect(client.types.indexOf('conversation.item.added')).toBeLessThan(client.types.indexOf('response.output_item.added'))
  })
})

describe('events', () => {
  it('are dropped, doubled and held back by the last hand', async () => {
    let held: Json[] = []
    const { client } = await session({
      answer: { speed: 'burst' },
      tamper: (event) => {
        if (event['type'] === 'response.created') return []
        if (event['type'] === 'response.output_audio.done') return [event, event]
        if (event['type'] === 'conversation.item.added') {
          held = [event]
          return []
        }
        return event['type'] === 'response.done' ? [event, ...held] : [event]
      },
    })
    client.send('response.create')
    await client.until('conversation.item.added')
    expect(client.types).not.toContain('response.created')
    expect(client.types.filter((type) => type === 'response.output_audio.done')).toHaveLength(2)
    expect(client.types.at(-1)).toBe('conversation.item.added')
  })

  it('of a transcription come turns later', async () => {
    const { client } = await session({ answer: { speed: 'burst' }, hearing: [{ text: 'First.', when: 'after', delayMs: 80 }, 'Second.'] })
    for (const round of [1, 2]) {
      client.send('input_audio_buffer.append', { audio: Buffer.alloc(9600).toString('base64') })
      client.send('input_audio_buffer.commit')
      client.send('response.create')
      await client.until('response.done', round)
    }
    await client.until('conversation.item.input_audio_transcription.completed', 2)
    const words = client.got.flatMap((event) => (event['type'] === 'conversation.item.input_audio_transcription.completed' ? [event['transcript']] : []))
    expect(words).toEqual(['Second.', 'First.'])
  })

  it('are seen in both directions and kept by nobody where the server is to forget', async () => {
    const seen: string[] = []
    const { server, client } = await session({
      forgetful: true,
      answer: { speed: 'burst' },
      observe: (direction, event, number) => seen.push(`${number} ${direction} ${String(event['type'])}`),
    })
    client.append(tone(200))
    client.send('input_audio_buffer.commit')
    client.send('response.create')
    const delta = await client.until('response.output_audio.delta')
    await client.until('response.done')
    client.send('conversation.item.truncate', { item_id: delta['item_id'], content_index: 0, audio_end_ms: 100 })
    await client.until('conversation.item.truncated')
    expect(seen).toContain('0 received input_audio_buffer.commit')
    expect(seen).toContain('0 sent response.done')
    expect(server.connection).toMatchObject({ received: [], sent: [] })
    expect(server.connection.appended.length).toBe(0)
    expect(server.truncates).toMatchObject([{ audio_end_ms: 100, accepted: true }])
  })
})
