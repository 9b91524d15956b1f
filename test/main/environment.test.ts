import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { takeEnvironment } from '../../main/environment.ts'

const valueOf = (env: ReturnType<typeof takeEnvironment>) => env.apiKey?.withKey((v) => v)

describe('takeEnvironment', () => {
  it('reads everything once and leaves nothing behind', () => {
    const env: Record<string, string | undefined> = {
      PATH: '/bin',
      OPENAI_API_KEY: ' sk-marker-0123456789 ',
      PARLEY_ENDPOINT: 'ws://127.0.0.1:9000/v1/realtime',
      PARLEY_MODEL: 'm',
      PARLEY_USER_DATA: '/tmp/p',
    }
    const taken = takeEnvironment(env, 'linux')
    expect(env).toEqual({ PATH: '/bin' })
    expect(valueOf(taken)).toBe('sk-marker-0123456789')
    expect(taken.apiKey?.origin).toBe('ws://127.0.0.1:9000')
    expect(taken).toMatchObject({ endpointUrl: 'ws://127.0.0.1:9000/v1/realtime', model: 'm', userData: '/tmp/p' })
    expect(inspect(taken) + JSON.stringify(taken)).not.toContain('sk-marker')
    expect(valueOf(takeEnvironment(env, 'linux'))).toBeUndefined()
  })

  it('binds the key to OpenAI when no other server is named', () => {
    expect(takeEnvironment({ OPENAI_API_KEY: 'k' }, 'linux').apiKey?.origin).toBe('wss://api.openai.com')
  })

  it('binds it to nothing when the named server cannot be understood: never to OpenAI', () => {
    for (const url of ['http://x', 'nonsense', 'wss://user:pw@host/x']) {
      expect(takeEnvironment({ OPENAI_API_KEY: 'k', PARLEY_ENDPOINT: url }, 'linux').apiKey?.origin).toBe('')
    }
  })

  it('treats blank as unset, and deletes it as well', () => {
    const env = { OPENAI_API_KEY: '  ', PARLEY_MODEL: '' }
    expect(takeEnvironment(env, 'linux')).toEqual({ apiKey: null, endpointUrl: null, model: null, userData: null })
    expect(env).toEqual({})
  })

  it('finds every spelling on Windows, and only there', () => {
    const windows = { openai_api_key: 'a-key', Parley_Model: 'm' }
    expect(valueOf(takeEnvironment(windows, 'win32'))).toBe('a-key')
    expect(windows).toEqual({})
    const linux = { openai_api_key: 'a-key' }
    expect(takeEnvironment(linux, 'linux').apiKey).toBeNull()
    expect(linux).toEqual({ openai_api_key: 'a-key' })
  })
})
