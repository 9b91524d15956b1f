import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startPracticePartner } from '../../../main/practice/partner.ts'
import type { PracticePartner } from '../../../main/practice/partner.ts'
import { CLIPS, PracticeClient, speech, startPartner } from './practice-client.ts'

let partner: PracticePartner
beforeEach(async () => {
  partner = await startPartner()
})
afterEach(async () => {
  await partner.stop()
})

/** The HTTP status with which an upgrade is refused, or 101. */
function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers })
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
    socket.on('open', () => {
      socket.close()
      resolve(101)
    })
    socket.on('error', () => undefined)
  })
}

describe('the door', () => {
  it('is open on loopback for the token alone', async () => {
    const good = { Authorization: `Bearer ${partner.token}` }
    expect(partner.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/v1\/realtime$/)
    expect(await upgrade(`${partner.url}?model=practice`, good)).toBe(101)
    expect(await upgrade(partner.url, {})).toBe(401)
    expect(await upgrade(partner.url, { Authorization: `Bearer ${partner.token}x` })).toBe(401)
    expect(await upgrade(partner.url, { 'api-key': partner.token })).toBe(401)
    expect(await upgrade(`${partner.url}?token=${partner.token}`, {})).toBe(401)
    expect(await upgrade(partner.url, { ...good, Origin: 'https://example.org' })).toBe(403)
    expect(await upgrade(partner.url, { ...good, Origin: 'null' })).toBe(403)
    expect(await upgrade(partner.url.replace('/v1/realtime', '/v2'), good)).toBe(404)
    const page = partner.url.replace('ws:', 'http:')
    expect((await fetch(page)).status).toBe(401)
    expect((await fetch(page, { headers: good })).status).toBe(426)
  })

  it('has another token at every start', async () => {
    const other = await startPartner()
    expect(other.token).not.toBe(partner.token)
    expect(await upgrade(other.url, { Authorization: `Bearer ${partner.token}` })).toBe(401)
    await other.stop()
  })

  it('lets eight in at once', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => PracticeClient.open(partner)))
    expect(await upgrade(partner.url, { Authorization: `Bearer ${partner.token}` })).toBe(503)
    await Promise.all(clients.map((c) => c.close()))
  })
})

describe('bad frames', () => {
  it('are answered with an error, and the session goes on', async () => {
    const client = await PracticeClient.open(partner)
    const raw = async (data: string | Buffer): Promise<unknown> => {
      const error = client.next('error')
      client.socket.send(data)
      return (await error)['error']
    }
    expect(await raw('{"type":')).toMatchObject({ code: 'invalid_event' })
    expect(await raw('null')).toMatchObject({ code: 'invalid_event' })
    expect(await raw('[]')).toMatchObject({ code: 'invalid_event' })
    expect(await raw('{"type":7}')).toMatchObject({ code: 'invalid_event' })
    expect(await raw('{"type":"__proto__"}')).toMatchObject({ code: 'invalid_event' })
    expect(await raw('{"type":"toString"}')).toMatchObject({ code: 'invalid_event' })
    expect(await raw(Buffer.from([0, 1, 2, 255]))).toMatchObject({ code: 'invalid_event' })
    expect(await raw(JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(20_000_000) }))).toMatchObject({ code: 'string_above_max_length' })
    expect(await raw('x'.repeat(20_000_000))).toMatchObject({ code: 'invalid_event' })
    await client.update(null)
    expect((await client.answer()).text).toMatch(/^Hello\. /)
    await client.close()
  })

  it('above 24 MiB close their connection and no other', async () => {
    const big = await PracticeClient.open(partner)
    const other = await PracticeClient.open(partner)
    const closed = new Promise<number>((resolve) => big.socket.once('close', resolve))
    big.socket.on('error', () => undefined)
    big.send({ type: 'session.update', session: 'x'.repeat(25 * 1024 * 1024) })
    expect(await closed).toBe(1009)
    await other.update(null)
    expect((await other.answer()).text).toMatch(/^Hello\. /)
    await other.close()
  })

  it('of chance do no harm', async () => {
    // At the pace of speech, or most of the time would go into answers that nobody hears.
    const slow = await startPartner({ pace: 1 })
    const client = await PracticeClient.open(slow)
    let state = 7
    const random = (n: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % n
    }
    const types = ['session.update', 'input_audio_buffer.append', 'input_audio_buffer.commit', 'conversation.item.create', 'conversation.item.truncate', 'conversation.item.delete', 'conversation.item.retrieve', 'response.create', 'response.cancel']
    const values: unknown[] = [null, -1, 1e308, '', 'x', [], {}, { type: 'message', role: 'user', content: [{ type: 'input_text' }] }, { type: 'realtime', audio: null }, [[[]]], true, 'AAAA']
    const value = (): unknown => values[random(values.length)]
    for (let i = 0; i < 1000; i++) {
      client.send({ type: types[random(types.length)] ?? '', session: value(), audio: value(), item: value(), item_id: value(), content_index: value(), audio_end_ms: value(), response: value() })
    }
    await client.update(null)
    expect(client.events.filter((e) => (e['error'] as { type?: string } | undefined)?.type === 'server_error')).toEqual([])
    await client.close()
    await slow.stop()
  })

  it('sound that is cut inside a sample is joined again', async () => {
    const client = await PracticeClient.open(partner)
    await client.update(null)
    const sound = Buffer.from(speech('One two three').slice().buffer)
    for (const [from, to] of [[0, 1001], [1001, 1002], [1002, 9999], [9999, sound.length]] as const) {
      client.send({ type: 'input_audio_buffer.append', audio: sound.subarray(from, to).toString('base64') })
    }
    const { item_id } = await client.request({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')
    const item = await client.request({ type: 'conversation.item.retrieve', item_id }, 'conversation.item.retrieved')
    expect(Buffer.from((item['item'] as { content: { audio: string }[] }).content[0]?.audio ?? '', 'base64').equals(sound)).toBe(true)
    await client.close()
  })
})

describe('connections', () => {
  it('know nothing of each other', async () => {
    const [a, b] = [await PracticeClient.open(partner), await PracticeClient.open(partner)]
    await Promise.all([a.update(null), b.update({ type: 'server_vad' })])
    const [heard, greeting] = await Promise.all([a.talk(speech('One two three')), b.answer()])
    expect(heard.text).toMatch(/^I heard/)
    expect(greeting.text).toBe('Hello. I am the practice partner. The line is open. Say a sentence.')
    expect((await b.type('echo')).text).toMatch(/^I have not heard you yet\./)
    await Promise.all([a.close(), b.close()])
  })

  it('that vanish in mid-answer leave nothing running', async () => {
    const slow = await startPartner({ pace: 1 })
    const client = await PracticeClient.open(slow)
    await client.update(null)
    await client.request({ type: 'response.create' }, 'response.created')
    client.socket.terminate()
    const again = await PracticeClient.open(slow)
    await again.update(null)
    await again.request({ type: 'response.create' }, 'response.created')
    await again.close()
    await slow.stop()
  })

  it('are all closed by stop, with the port', async () => {
    const clients = [await PracticeClient.open(partner), await PracticeClient.open(partner)]
    const codes = clients.map((c) => new Promise<number>((resolve) => c.socket.once('close', resolve)))
    const port = Number(new URL(partner.url).port)
    await Promise.all([partner.stop(), partner.stop()])
    expect(await Promise.all(codes)).toEqual([1001, 1001])
    const refused = await new Promise((resolve) => connect(port, '127.0.0.1').on('error', (e: NodeJS.ErrnoException) => { resolve(e.code) }))
    expect(refused).toBe('ECONNREFUSED')
  })

  it('cannot be had without clips', async () => {
    await expect(startPracticePartner({ language: 'en', clipsDir: '/nowhere' })).rejects.toThrow(/manifest\.json/)
    const broken = startPracticePartner({ language: 'en', loadClip: async (file) => (file === 'manifest.json' ? (await import('node:fs/promises')).readFile(`${CLIPS}/${file}`) : new Uint8Array(8)) })
    await expect(broken).rejects.toThrow(/practice clip en\/\w+\.wav cannot be used/)
  })
})
