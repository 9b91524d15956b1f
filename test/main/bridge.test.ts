import type { IpcMainEvent, MessagePortMain, WebContents, WebFrameMain } from 'electron'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Bridge, handOverVoicePort, onSoundReady, type RequestHandlers } from '../../main/bridge.ts'
import { failure, FailureError } from '../../shared/failure.ts'
import { requests, roleChannels, SOUND_READY_CHANNEL, VOICE_PORT_CHANNEL, type RequestChannel, type WindowRole } from '../../shared/ipc.ts'
import { settingsSchema } from '../../shared/settings.ts'
import type { AppState } from '../../shared/state.ts'
import { FakeContents, FakeWindow, frame, invokeEvent, memoryLog, strict } from './desktop/fakes.ts'

const channels = Object.keys(requests) as RequestChannel[]

/** Arguments that fit each channel that wants any; a channel that is missing here is called with none. */
const FITTING: Partial<Record<RequestChannel, unknown[]>> = {
  'message.send': ['Hello'],
  'microphone.mute': [true],
  'speaker.mute': [true],
  'microphone.preview': [true],
  'onboarding.show': [false],
  'question.answer': ['question_1', true],
  'timer.dismiss': ['timer_1'],
  'persona.choose': ['everyday'],
  'persona.save': [
    { id: null, name: 'Ada', instructions: '', voice: null, model: null, reasoning: null, turnMode: null, tools: null, manyLanguages: false },
  ],
  'persona.delete': ['own_1'],
  'persona.export': ['everyday'],
  'talkKey.pressed': [{ key: 'F8', modifiers: [] }],
  'talkKey.trial': [true],
  'sound.play': ['tone'],
  'conversation.export': ['json'],
  'diagnostics.save': [{ words: false }],
  'settings.change': [{ theme: 'dark' }],
  'view.shown': [1],
  'overlay.size': [64],
  'overlay.drag': ['begin'],
  'endpoint.choose': [{ kind: 'openai', url: '', model: '', key: 'sk-marker-0123456789', insecureConsent: false }],
}

const state: AppState = {
  voice: {
    state: 'idle',
    connecting: false,
    failure: null,
    microphone: 'off',
    speaker: 'on',
    turnMode: 'hold',
    active: false,
    startedAt: null,
    heldTurnMs: null,
    canSendNow: false,
    notice: null,
    endpoint: null,
    tokens: null,
    costUsd: null,
  },
  settings: settingsSchema.parse({}),
  language: 'en',
  key: { present: false, source: 'none', origin: '', backend: '', backendVerified: false, unprotected: false },
  endpoint: null,
  question: null,
  talkKey: null,
  talkKeyTrial: null,
  overlay: { on: true, reason: '', grows: 'up', movedBy: 'page' },
  desktop: { noTray: false, login: '' },
  wanted: null,
  ringing: [],
  onboarding: true,
  devices: { inputs: [], outputs: [] },
  tools: [],
  version: '0',
  entries: [],
}

/** The role that a channel is tried with. */
const roleOf = (channel: RequestChannel): WindowRole => (roleChannels.main.includes(channel) ? 'main' : 'overlay')

function setUp(role: WindowRole = 'main') {
  const calls: { channel: string; args: unknown[] }[] = []
  const answers: { handler: (channel: string) => unknown } = { handler: () => undefined }
  const handlers = Object.fromEntries(
    channels
      .filter((channel) => channel !== 'state.get')
      .map((channel) => [
        channel,
        (...args: unknown[]) => {
          calls.push({ channel, args })
          return answers.handler(channel)
        },
      ]),
  ) as unknown as RequestHandlers
  const log = memoryLog()
  const bridge = new Bridge({ handlers, state: () => state, log })
  const window = new FakeWindow()
  const attached = bridge.attach(window.face, role)
  const ours = invokeEvent(window.webContents, frame())
  const ask = (channel: string, ...args: unknown[]) => window.contents.ipc.invoke(channel, ours, ...args)
  return { bridge, window, attached, ask, calls, answers, log }
}

afterEach(() => {
  vi.useRealTimers()
})

it.each(['main', 'overlay'] as const)('registers the channels of the role on the window’s own ipc, and nothing else: %s', (role) => {
  const { window, attached } = setUp(role)
  expect([...window.contents.ipc.handlers.keys()].toSorted()).toEqual(roleChannels[role].toSorted())
  attached.dispose()
  expect([...window.contents.ipc.handlers.keys()]).toEqual([])
})

it('every channel belongs to a role, and the overlay can change no setting, key, history or server', () => {
  expect([...new Set([...roleChannels.main, ...roleChannels.overlay])].toSorted()).toEqual(channels.toSorted())
  const never = /^(settings|key|history|endpoint|onboarding|message|devices|persona|view|conversation\.copy)/
  expect(roleChannels.overlay.filter((channel) => never.test(channel))).toEqual([])
})

describe('a window of one role', () => {
  const foreign: [WindowRole, RequestChannel][] = (['main', 'overlay'] as const).flatMap((role) =>
    channels.filter((channel) => !roleChannels[role].includes(channel)).map((channel): [WindowRole, RequestChannel] => [role, channel]),
  )
  it.each(foreign)('%s cannot call %s', async (role, channel) => {
    const { ask, calls } = setUp(role)
    await expect(ask(channel, ...(FITTING[channel] ?? []))).rejects.toThrow('No handler')
    expect(calls).toEqual([])
  })

  it('overlay is told everything but the conversation, under the same numbers', async () => {
    const { bridge, window, ask } = setUp('overlay')
    expect(await ask('state.get')).toMatchObject({ ok: true, value: { seq: 0, state: { entries: [] } } })
    bridge.patch({ conversation: [{ op: 'clear' }] })
    bridge.patch({ set: { onboarding: false }, conversation: [{ op: 'clear' }] })
    expect(window.contents.sent.map(({ value }) => value)).toEqual([{ seq: 1 }, { seq: 2, set: { onboarding: false } }])
  })
})

describe.each(channels)('%s', (channel) => {
  const args = FITTING[channel] ?? []

  it('(a) answers our main frame', async () => {
    const { ask, calls } = setUp(roleOf(channel))
    expect(await ask(channel, ...args)).toMatchObject({ ok: true })
    expect(calls).toEqual(channel === 'state.get' ? [] : [{ channel, args }])
  })

  const other = strict<WebContents>('webContents', new FakeContents())
  const strangers: [string, (mine: WebContents) => Parameters<typeof invokeEvent>][] = [
    ['(b) without a frame', (mine) => [mine, null]],
    ['(c) in a frame inside a page', (mine) => [mine, frame({ parent: frame() })]],
    ['(d) of another origin', (mine) => [mine, frame({ origin: 'https://evil.example' })]],
    ['(d) of an origin that begins like ours', (mine) => [mine, frame({ origin: 'app://parley.evil' })]],
    ['(e) of another contents', () => [other, frame()]],
    ['(f) of an opaque origin', (mine) => [mine, frame({ origin: 'null' })]],
    ['(f) without an origin', (mine) => [mine, frame({ origin: '' })]],
  ]
  it.each(strangers)('refuses a sender %s', async (_who, stranger) => {
    const { window, calls, log } = setUp(roleOf(channel))
    const event = invokeEvent(...stranger(window.webContents))
    await expect(window.contents.ipc.invoke(channel, event, ...args)).rejects.toThrow('Refused.')
    expect(calls).toEqual([])
    expect(log.lines).toEqual([`warn A request on ${channel} from a stranger was refused.`])
  })

  it.each<[string, unknown[]]>([
    ['one argument too many', [...args, 1]],
    ['an argument of another kind', [{ unexpected: 1 }]],
    ['very much', ['x'.repeat(100_000)]],
    ['very many', [Array.from({ length: 10_000 }, () => 0)]],
    ['bytes', [new Uint8Array(1_000_000)]],
    ['depth', [JSON.parse('['.repeat(500) + ']'.repeat(500))]],
  ])('refuses %s, as a value', async (_what, wrong) => {
    const { ask, calls } = setUp(roleOf(channel))
    expect(await ask(channel, ...wrong)).toEqual({ ok: false, failure: failure('internal', { channel }) })
    expect(calls).toEqual([])
  })
})

describe('limits', () => {
  it.each<[string, unknown]>([
    ['text', 'x'.repeat(64_001)],
    ['a name', { ['x'.repeat(64_001)]: 1 }],
    ['bytes', new Uint8Array(64_001)],
    ['a list', Array.from({ length: 300 }, () => 0)],
    ['a map', new Map([[1, 'x'.repeat(64_001)]])],
    ['a set', new Set(['x'.repeat(64_001)])],
    ['depth', JSON.parse('['.repeat(300) + ']'.repeat(300))],
  ])('too much %s is refused before it is parsed', async (_what, value) => {
    const { ask, log } = setUp()
    expect(await ask('message.send', value)).toMatchObject({ ok: false })
    expect(log.lines).toEqual(['warn A request on message.send was too large.'])
  })

  it('the longest message passes', async () => {
    const { ask, calls } = setUp()
    expect(await ask('message.send', 'x'.repeat(20_000))).toMatchObject({ ok: true })
    expect(calls).toHaveLength(1)
  })

  it.each<[RequestChannel, unknown[]]>([
    ['message.send', ['']],
    ['message.send', ['   ']],
    ['message.send', ['x'.repeat(20_001)]],
    ['message.send', [1]],
    ['microphone.mute', []],
    ['microphone.mute', ['true']],
    ['settings.change', [{ theme: 'pink' }]],
    ['settings.change', [{ volume: Number.NaN }]],
    ['settings.change', [{ volume: 1.01 }]],
    ['settings.change', [{ endpoint: null }]],
    ['settings.change', [{ constructor: 1 }]],
    ['endpoint.choose', [{ kind: 'openai', url: '', model: '', key: 'x'.repeat(501), insecureConsent: false }]],
    ['endpoint.choose', [{ kind: 'other', url: '', model: '', key: '', insecureConsent: false }]],
  ])('%s refuses %j', async (channel, args) => {
    const { ask, calls } = setUp()
    expect(await ask(channel, ...args)).toMatchObject({ ok: false })
    expect(calls).toEqual([])
  })

  it('what was refused is not repeated in the log', async () => {
    const { ask, log } = setUp()
    await ask('endpoint.choose', { kind: 'sk-marker-1', url: 1, model: 'sk-marker-2', key: 'sk-marker-3', extra: 'sk-marker-4' })
    expect(log.lines.join()).toContain('did not fit')
    expect(log.lines.join()).not.toContain('marker')
  })

  it('hands handlers the parsed arguments', async () => {
    const { ask, calls } = setUp()
    await ask('message.send', '  Hello ')
    expect(calls).toEqual([{ channel: 'message.send', args: ['Hello'] }])
  })
})

describe('failures', () => {
  it('that are known come back as they are', async () => {
    const { ask, answers, log } = setUp()
    answers.handler = () => Promise.reject(new FailureError(failure('no_key', {}, ['change_key'])))
    expect(await ask('conversation.start')).toEqual({ ok: false, failure: failure('no_key', {}, ['change_key']) })
    expect(log.lines).toEqual([])
  })

  it.each<[string, () => unknown]>([
    ['thrown', () => { throw new Error('secret detail') }], // prettier-ignore
    ['rejected', () => Promise.reject(new Error('secret detail'))],
  ])('that are unknown (%s) are logged and come back without detail', async (_how, handler) => {
    const { ask, answers, log } = setUp()
    answers.handler = handler
    const reply = await ask('conversation.start')
    expect(reply).toEqual({ ok: false, failure: failure('internal', { channel: 'conversation.start' }) })
    expect(log.lines).toEqual(['error The handler of conversation.start failed. secret detail'])
  })
})

describe('state', () => {
  it('goes out as numbered patches, only to a document that holds a snapshot', async () => {
    const { bridge, window, ask } = setUp()
    bridge.patch({ set: { onboarding: false } })
    expect(window.contents.sent).toEqual([])
    expect(await ask('state.get')).toEqual({ ok: true, value: { seq: 1, state } })
    bridge.patch({ set: { language: 'de' } })
    bridge.patch({ conversation: [{ op: 'clear' }] })
    expect(window.contents.sent).toEqual([
      { channel: 'state.patch', value: { seq: 2, set: { language: 'de' } } },
      { channel: 'state.patch', value: { seq: 3, conversation: [{ op: 'clear' }] } },
    ])
  })

  it('goes on after a navigation that was prevented, and stops with the process', async () => {
    const { bridge, window, ask } = setUp()
    await ask('state.get')
    window.contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false })
    bridge.patch({})
    window.contents.emit('render-process-gone', {}, {})
    bridge.patch({})
    await ask('state.get')
    bridge.patch({})
    expect(window.contents.sent.map(({ value }) => (value as { seq: number }).seq)).toEqual([1, 3])
  })

  it('a window that is gone is left alone', async () => {
    const { bridge, window, ask, attached } = setUp()
    await ask('state.get')
    window.contents.destroyed = true
    bridge.patch({})
    window.destroy()
    bridge.patch({})
    bridge.levels({ micPeak: 0, micRms: 0, voicePeak: 0, voiceRms: 0 })
    attached.dispose()
    bridge.dispose()
    expect(window.contents.sent).toEqual([])
  })

  it('a detached window is not answered any more', async () => {
    const { bridge, window, ask, attached } = setUp()
    await ask('state.get')
    attached.dispose()
    bridge.patch({})
    expect(window.contents.sent).toEqual([])
    await expect(ask('state.get')).rejects.toThrow('No handler registered')
  })
})

describe('levels', () => {
  const levels = (micPeak: number) => ({ micPeak, micRms: 0, voicePeak: 0, voiceRms: 0 })
  const peaks = (window: FakeWindow) =>
    window.contents.sent.filter((s) => s.channel === 'levels').map((s) => (s.value as { micPeak: number }).micPeak)

  it('come at most 30 times a second, the last one always', async () => {
    vi.useFakeTimers()
    const { bridge, window, ask } = setUp()
    await ask('state.get')
    // 50 a second, as the sound room sends them, for 2 s, then silence.
    for (let n = 1; n <= 100; n++) {
      bridge.levels(levels(n / 100))
      await vi.advanceTimersByTimeAsync(20)
    }
    bridge.levels(levels(0))
    await vi.advanceTimersByTimeAsync(1000)
    const sent = peaks(window)
    expect(sent.length).toBeGreaterThanOrEqual(40)
    expect(sent.length).toBeLessThanOrEqual(62)
    expect(sent[0]).toBe(0.01)
    expect(sent.at(-1)).toBe(0)
  })

  it.each<[string, (window: FakeWindow) => void]>([
    ['hidden', (window) => (window.visible = false)],
    ['minimised', (window) => (window.minimized = true)],
  ])('do not go to a window that is %s', async (_how, hide) => {
    const { bridge, window, ask } = setUp()
    await ask('state.get')
    hide(window)
    bridge.levels(levels(1))
    expect(peaks(window)).toEqual([])
  })

  it('do not go to a document that has not asked for the state', () => {
    const { bridge, window } = setUp()
    bridge.levels(levels(1))
    expect(peaks(window)).toEqual([])
  })
})

describe('the sound room’s handshake', () => {
  function room() {
    const contents = new FakeContents()
    const face = strict<WebContents>('webContents', contents)
    const heard: string[] = []
    const stop = onSoundReady(face, (nonce) => heard.push(nonce))
    const say = (nonce: unknown, senderFrame: WebFrameMain | null = frame(), sender = face) =>
      contents.ipc.emit(SOUND_READY_CHANNEL, strict<IpcMainEvent>('event', { sender, senderFrame }), nonce)
    return { contents, face, heard, stop, say }
  }

  it('passes on who is ready, and no stranger and no nonsense', () => {
    const { heard, say, stop } = room()
    say('abc')
    say('abc', null)
    say('abc', frame({ origin: 'https://evil.example' }))
    say('abc', frame({ parent: frame() }))
    say('abc', frame(), strict<WebContents>('webContents', {}))
    for (const nonsense of [undefined, 1, '', 'x'.repeat(65), {}]) say(nonsense)
    stop.dispose()
    say('late')
    expect(heard).toEqual(['abc'])
  })

  it('hands the port over under the same nonce', () => {
    const { contents, face } = room()
    const port = strict<MessagePortMain>('port', {})
    handOverVoicePort(face, 'abc', port)
    expect(contents.posted).toEqual([{ channel: VOICE_PORT_CHANNEL, message: { nonce: 'abc' }, ports: [port] }])
  })
})
