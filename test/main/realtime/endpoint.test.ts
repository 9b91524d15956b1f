import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FailureError } from '../../../shared/failure.ts'
import type { EndpointKind } from '../../../shared/settings.ts'
import { isLoopback, makeEndpoint, upgradeHeaders, type Endpoint } from '../../../main/realtime/endpoint.ts'
import { SecretKey } from '../../../main/realtime/secret-key.ts'

function made(kind: EndpointKind, url = '', model = '', safety = { hasKey: true, consent: false }): Endpoint | string {
  const result = makeEndpoint({ kind, url, model }, safety)
  return result.ok ? result.endpoint : result.failure.code
}

describe('makeEndpoint', () => {
  it('OpenAI, with the default model or another', () => {
    expect(made('openai')).toEqual({
      kind: 'openai',
      url: 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1-mini',
      origin: 'wss://api.openai.com',
      host: 'api.openai.com',
      shape: 'ga',
      model: 'gpt-realtime-2.1-mini',
    })
    expect(made('openai', '', 'gpt-realtime-2.1')).toMatchObject({ url: 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1' })
  })

  it('Azure from whatever address of the resource a person copies, without api-version', () => {
    const url = 'wss://acme.openai.azure.com/openai/v1/realtime?model=my-deployment'
    for (const copied of [
      'https://acme.openai.azure.com',
      'https://acme.openai.azure.com/',
      'https://acme.openai.azure.com/openai/deployments/x?api-version=2025-04-01-preview',
      'wss://acme.openai.azure.com/openai/v1/realtime',
    ]) {
      expect(made('azure', copied, 'my-deployment')).toMatchObject({ url, origin: 'wss://acme.openai.azure.com' })
    }
  })

  it('compatible: as given, with a model only when one is chosen and none is there', () => {
    expect(made('compatible', 'wss://host:8443/v1/realtime')).toMatchObject({ url: 'wss://host:8443/v1/realtime', origin: 'wss://host:8443', model: '' })
    expect(made('compatible', 'wss://host/v1/realtime?x=1', 'm/1')).toMatchObject({ url: 'wss://host/v1/realtime?x=1&model=m%2F1' })
    expect(made('compatible', 'wss://host/rt?model=theirs', 'mine')).toMatchObject({ url: 'wss://host/rt?model=theirs', model: 'theirs' })
    expect(made('compatible', ' wss://host/rt#part ')).toMatchObject({ url: 'wss://host/rt' })
  })

  it.each(['', 'host', 'http://host/', 'https://host/', 'file:///etc', 'javascript:1', 'wss://user:pw@host/', 'wss://user@host/', `wss://host/${'x'.repeat(2000)}`])(
    'no. %# is invalid',
    (url) => {
      expect(made('compatible', url)).toBe('endpoint_invalid')
    },
  )

  it('unencrypted with a key only to this computer, or with consent', () => {
    for (const here of ['ws://127.0.0.1:9000/v1', 'ws://127.8.9.1/', 'ws://localhost:1/', 'ws://[::1]:2/', 'ws://127.1:9/']) {
      expect(made('compatible', here)).toMatchObject({ kind: 'compatible' })
    }
    for (const away of ['ws://192.168.1.2/', 'ws://example.org/', 'ws://localhost.example.org/', 'ws://127.0.0.1.example.org/', 'ws://[::2]/']) {
      expect(made('compatible', away)).toBe('endpoint_insecure')
      expect(made('compatible', away, '', { hasKey: true, consent: true })).toMatchObject({ kind: 'compatible' })
      expect(made('compatible', away, '', { hasKey: false, consent: false })).toMatchObject({ kind: 'compatible' })
    }
    expect(isLoopback('127.0.0.1.nip.io')).toBe(false)
  })
})

describe('upgradeHeaders', () => {
  const openai = made('openai') as Endpoint
  const azure = made('azure', 'https://acme.openai.azure.com', 'd') as Endpoint

  it('carries the key in the header of its kind, and nothing of the beta', () => {
    expect(upgradeHeaders(openai, new SecretKey(' sk-1 \n', 'wss://api.openai.com'))).toEqual({ Authorization: 'Bearer sk-1' })
    expect(upgradeHeaders(azure, new SecretKey('az', 'wss://acme.openai.azure.com'))).toEqual({ 'api-key': 'az' })
    expect(upgradeHeaders(openai, null)).toEqual({})
  })

  it('never gives a key to another origin', () => {
    const key = new SecretKey('sk-MARKER', 'wss://api.openai.com')
    expect(() => upgradeHeaders(azure, key)).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'no_key' }) as unknown }) as FailureError)
  })

  it.each(['', 'a b', 'a\r\nX-Evil: 1', 'schlüssel'])('refuses what cannot stand in a header: %j', (value) => {
    expect(() => upgradeHeaders(openai, new SecretKey(value, 'wss://api.openai.com'))).toThrow(FailureError)
  })
})

it('a SecretKey shows itself nowhere', () => {
  const key = new SecretKey('sk-MARKER', 'wss://api.openai.com')
  const shown = [String(key), JSON.stringify({ key }), inspect(key), inspect({ deep: { key } }, { showHidden: true }), `${Object.values(key).join()}`, String(new Error('x', { cause: key }).cause)]
  expect(shown.join('\n')).not.toContain('MARKER')
  expect(key.redact('Bearer sk-MARKER.')).toBe('Bearer [redacted].')
  expect(key.withKey((value) => value.length)).toBe(9)
})
