import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DBusConnection, DBusError, socketsOf } from '../../../../main/desktop/dbus/connection.ts'
import { encodeMessage, MessageStream, type Message } from '../../../../main/desktop/dbus/message.ts'
import { MalformedError, typesOf, ValueReader, ValueWriter, Variant, type DBusValue } from '../../../../main/desktop/dbus/values.ts'
import { BusService, hasBus, TestBus } from './bus.ts'

function through(signature: string, values: readonly DBusValue[]): DBusValue[] {
  const writer = new ValueWriter()
  writer.writeAll(signature, values)
  return new ValueReader(writer.take(), { little: true, at: 0 }).readAll(signature)
}

describe('values', () => {
  it.each<[string, DBusValue[]]>([
    ['ybnqiu', [255, true, -32768, 65535, -2147483648, 4294967295]],
    ['xtd', [-9007199254740993n, 18446744073709551615n, -0.1]],
    ['sog', ['Grüße, 語', '/org/parley', 'a{sv}']],
    ['ay', [Uint8Array.of(1, 2, 3)]],
    ['as', [[]]],
    ['yaty', [1, [1n, 2n], 2]],
    ['a{sv}', [new Map<DBusValue, DBusValue>([['a', new Variant('i', -1)], ['b', new Variant('a(sa{sv})', [['x', new Map()]])]])]],
    ['(ya(ii)v)', [[7, [[1, 2], [3, 4]], new Variant('(s)', ['deep'])]]],
  ])('%s come back as they were', (signature, values) => {
    expect(through(signature, values)).toEqual(values)
  })

  it('are aligned as the specification says', () => {
    const writer = new ValueWriter()
    writer.writeAll('ya{ys}', [1, new Map<DBusValue, DBusValue>([[2, 'hi']])])
    // y, 3 bytes to the length, 4 of it, then entries begin at 8: y, 3 bytes, length, h i 0
    expect([...writer.take()]).toEqual([1, 0, 0, 0, 11, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 104, 105, 0])
  })

  it.each([
    ['i', ['1']],
    ['y', [256]],
    ['s', ['a\0b']],
    ['b', [1]],
    ['ii', [1]],
    ['a{sv}', [[]]],
    ['v', [1]],
    ['h', [1]],
    ['()', [[]]],
    ['(i', [[1]]],
    ['a', [[]]],
  ] as [string, DBusValue[]][])('that do not fit %s are refused', (signature, values) => {
    expect(() => through(signature, values)).toThrow(MalformedError)
  })

  it('are read to the letter', () => {
    expect(typesOf('a{sv}ou(ii)')).toEqual(['a{sv}', 'o', 'u', '(ii)'])
    expect(() => typesOf('a'.repeat(100))).toThrow(MalformedError)
    const big = new ValueReader(Buffer.from([0, 0, 0, 1, 0, 2]), { little: false, at: 0 })
    expect(big.readAll('uq')).toEqual([1, 2])
  })
})

describe('messages', () => {
  const message: Message = { kind: 'call', serial: 7, path: '/a', interface: 'a.b', member: 'C', destination: ':1.2', signature: 'sv', body: ['x', new Variant('u', 1)] }

  it('come back as they were, in whatever pieces they arrive', () => {
    const bytes = Buffer.concat([encodeMessage(message), encodeMessage({ ...message, serial: 8 })])
    for (const size of [1, 3, 17, 1000]) {
      const stream = new MessageStream()
      const got: Message[] = []
      for (let at = 0; at < bytes.length; at += size) got.push(...stream.push(bytes.subarray(at, at + size)))
      expect(got).toEqual([message, { ...message, serial: 8 }])
    }
  })

  it('whatever bytes come: a message, nothing yet, or refused', () => {
    const good = encodeMessage(message)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(good.length), (changes, cut) => {
        const bytes = Buffer.from(good)
        for (const [at, value] of changes) bytes[at] = value
        try {
          new MessageStream().push(bytes.subarray(0, cut))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

it.each([
  ['unix:path=/run/user/1000/bus', ['/run/user/1000/bus']],
  ['unix:path=/tmp/a%20b,guid=12', ['/tmp/a b']],
  ['tcp:host=x;unix:abstract=/tmp/dbus-1', ['\0/tmp/dbus-1']],
  ['unix:path=/a;unix:abstract=b,guid=1;unix:tmpdir=/tmp', ['/a', '\0b']],
  ['unix:path=%zz;unix:path=/b', ['/b']],
  ['tcp:host=localhost,port=1', []],
  ['', []],
])('the sockets of %s', (address, sockets) => {
  expect(socketsOf(address)).toEqual(sockets)
})

describe.runIf(hasBus)('on a real bus', () => {
  let bus: TestBus
  let client: DBusConnection
  let service: BusService

  beforeEach(async () => {
    bus = await TestBus.start()
    service = await BusService.start(bus, 'org.parley.Test')
    client = await DBusConnection.open(bus.address)
  })
  afterEach(() => {
    client.dispose()
    service.stop()
    bus.stop()
  })

  const call = (member: string, signature = '', body: readonly DBusValue[] = []) =>
    client.call({ destination: 'org.parley.Test', path: '/x', interface: 'org.parley.Test', member, signature, body })

  it('calls, and is told what went wrong', async () => {
    expect(client.name).toMatch(/^:1\.\d+$/)
    const body: DBusValue[] = [new Map<DBusValue, DBusValue>([['k', new Variant('as', ['v'])]]), [[1, 'x']], -1]
    service.answer = ({ member }) => (member === 'Fail' ? { error: 'org.parley.No' } : { signature: 'a{sv}a(is)i', body })
    expect(await call('Work', 'a{sv}a(is)i', body)).toEqual(body)
    expect(service.calls[0]).toMatchObject({ sender: client.name, member: 'Work', body })
    const error: unknown = await call('Fail').catch((e: unknown) => e)
    expect(error).toBeInstanceOf(DBusError)
    expect((error as DBusError).errorName).toBe('org.parley.No')
  })

  it('understands the reference implementation, and is understood by it', async () => {
    const said = await bus.send('--dest=org.parley.Test', '/x', 'org.parley.Test.M', 'string:Grüße', 'dict:string:int32:a,1,b,-2', 'array:double:0.5,2', 'variant:objpath:/y', 'int64:-5', 'boolean:true', 'byte:7')
    expect(said).toContain('method return')
    expect(service.calls.at(-1)?.body).toEqual(['Grüße', new Map<DBusValue, DBusValue>([['a', 1], ['b', -2]]), [0.5, 2], new Variant('o', '/y'), -5n, true, 7])
  })

  it('is found at the first of several addresses that can be reached', async () => {
    const second = await DBusConnection.open(`unix:path=/nowhere/bus;tcp:host=localhost,port=1;${bus.address}`)
    expect(second.name).not.toBe(client.name)
    second.dispose()
    await expect(DBusConnection.open('unix:path=/nowhere/bus;unix:abstract=/nowhere')).rejects.toThrow('ECONNREFUSED')
  })

  it('says who has a name, and whether it can be had', async () => {
    expect(await client.ownerOf('org.parley.Test')).toBe(service.unique)
    expect(await client.ownerOf('org.parley.Nobody')).toBeNull()
    expect(await client.startService('org.parley.Nobody')).toBe(false)
  })

  it('hears the signals that it asked for, until it no longer asks', async () => {
    const heard: unknown[] = []
    const listening = await client.onSignal({ sender: 'org.parley.Test', path: '/x', interface: 'org.parley.Test', member: 'Hey' }, ({ body }) => heard.push(body[0]))
    service.signal('/x', 'org.parley.Test', 'Hey', 's', ['one'])
    service.signal('/y', 'org.parley.Test', 'Hey', 's', ['another path'])
    service.signal('/x', 'org.parley.Test', 'Ho', 's', ['another member'])
    await expect.poll(() => heard).toEqual(['one'])
    listening.dispose()
    await client.ownerOf('org.parley.Test')
    service.signal('/x', 'org.parley.Test', 'Hey', 's', ['late'])
    await client.ownerOf('org.parley.Test')
    expect(heard).toEqual(['one'])
  })

  it('answers calls of others with an error, so that nobody waits', async () => {
    expect(await bus.send(`--dest=${client.name}`, '/x', 'org.parley.Test.M')).toContain('UnknownMethod')
  })

  it('says that the bus is gone, and lets no call hang', async () => {
    let closed = 0
    client.onClosed(() => closed++)
    service.answer = () => undefined
    const hanging = call('Wait')
    hanging.catch(() => undefined)
    bus.stop()
    await expect(hanging).rejects.toThrow()
    await expect(call('More')).rejects.toThrow('no connection')
    expect(closed).toBe(1)
    await expect(DBusConnection.open(bus.address)).rejects.toThrow()
  })
})
