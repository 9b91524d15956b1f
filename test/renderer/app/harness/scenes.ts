import type { ConversationEntry, MessageEntry, ToolCallEntry } from '../../../../shared/conversation/model.ts'
import { failure } from '../../../../shared/failure.ts'
import { settingsSchema } from '../../../../shared/settings.ts'
import type { AppState, VoiceStatus } from '../../../../shared/state.ts'

/** 20 November 2026, 14:03 UTC. */
const AT = Date.UTC(2026, 10, 20, 14, 3)

/** Something the person said. */
export function you(id: string, text: string, more: Partial<MessageEntry> = {}): MessageEntry {
  return { kind: 'message', id, role: 'user', source: 'voice', text, textState: 'final', heard: null, response: null, at: AT, audioMs: 2400, ...more }
}

/** Something Parley said, heard to the end unless told otherwise. */
export function parley(id: string, text: string, more: Partial<MessageEntry> = {}): MessageEntry {
  return {
    kind: 'message',
    id,
    role: 'assistant',
    source: 'voice',
    text,
    textState: 'final',
    heard: { ms: 4000, audioMs: 4000, chars: text.length, cut: false },
    response: { status: 'completed', reason: '' },
    at: AT + 3000,
    audioMs: null,
    ...more,
  }
}

/** A tool that Parley used. */
export function tool(id: string, name: string, state: ToolCallEntry['call']['state'], object = ''): ToolCallEntry {
  const { images: _images, ...base } = parley(id, '', { source: 'text', heard: null, response: null })
  const call = { origin: 'function' as const, name, server: '', object, callId: id, arguments: '{"zone":"Europe/Berlin"}', state, output: state === 'done' ? '14:03' : null, error: null }
  return { ...base, kind: 'tool_call', role: 'assistant', call }
}

/** A voice session's status, idle unless told otherwise. */
export function voice(more: Partial<VoiceStatus> = {}): VoiceStatus {
  return {
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
    ...more,
  }
}

/** Options of {@link app}. */
export type AppOptions = Partial<Omit<AppState, 'voice' | 'settings'>> & {
  voice?: Partial<VoiceStatus>
  settings?: Partial<AppState['settings']>
}

/** A whole state: idle, with the practice partner chosen, in English, light. */
export function app(more: AppOptions = {}): AppState {
  const base = settingsSchema.parse({ theme: 'light', language: 'en', endpoint: { kind: 'practice' } })
  const settings = { ...base, ...more.settings }
  return {
    language: 'en',
    key: { present: false, source: 'none', origin: '', backend: 'GNOME Keyring', backendVerified: true, unprotected: false },
    endpoint: settings.endpoint === null ? null : { kind: settings.endpoint.kind, host: '', model: '' },
    question: null,
    talkKey: null,
    talkKeyTrial: null,
    overlay: { on: true, reason: '', grows: 'up', movedBy: 'page' },
    desktop: { noTray: false, login: '' },
    wanted: null,
    ringing: [],
    onboarding: false,
    devices: {
      inputs: [
        { deviceId: 'default', label: 'Default: USB Microphone' },
        { deviceId: 'a1', label: 'USB Microphone' },
        { deviceId: 'b2', label: 'Built-in Audio Analogue Stereo' },
      ],
      outputs: [
        { deviceId: 'default', label: 'Default: Headphones' },
        { deviceId: 'c3', label: 'Headphones' },
      ],
    },
    tools: ['current_time', 'set_timer', 'list_timers', 'cancel_timer', 'read_clipboard', 'open_web_page'],
    version: '0.1.0',
    entries: [],
    ...more,
    settings,
    voice: voice({ turnMode: settings.turnMode, ...more.voice }),
  }
}

const ROOF = 'You wanted two quotes before Friday. One has arrived: it is the higher of the two, and it leaves out the gutters.'

/** A conversation about a roof, with everything that a line can be. */
export const talk: readonly ConversationEntry[] = [
  you('u1', 'Could you remind me what we said about the roof?'),
  parley('p1', ROOF),
  you('u2', 'And the second one?', { source: 'text', audioMs: null }),
  parley('p2', 'It should come tomorrow. Shall I compare the two as soon as it is there, and tell you what each of them leaves out?', {
    heard: { ms: 1800, audioMs: 6200, chars: 24, cut: true },
    response: { status: 'cancelled', reason: 'turn_detected' },
  }),
  you('u3', 'Yes. Only the price, though.'),
]

const running: Partial<VoiceStatus> = { active: true, startedAt: AT, endpoint: 'practice', microphone: 'armed', state: 'ready' }

/** Every state worth looking at, by name. */
export const scenes: Readonly<Record<string, AppState>> = {
  empty: app(),
  'empty-open-line': app({ settings: { turnMode: 'open_line' } }),
  'open-line-send-now': app({ settings: { turnMode: 'open_line' }, voice: { state: 'listening', active: true, microphone: 'live', turnMode: 'open_line', canSendNow: true } }),
  ready: app({ entries: talk, voice: { ...running, tokens: 1204 } }),
  connecting: app({ entries: [], voice: { active: true, state: 'connecting', connecting: true } }),
  'listening-connecting': app({
    entries: [...talk, you('u4', '', { textState: 'pending', audioMs: null })],
    voice: { ...running, state: 'listening', connecting: true, microphone: 'live', startedAt: null },
  }),
  pending: app({
    entries: [...talk, you('u4', '', { textState: 'pending', audioMs: 6300 }), parley('p4', '', { textState: 'pending', response: { status: 'in_progress', reason: '' }, heard: null })],
    voice: { ...running, state: 'thinking' },
  }),
  speaking: app({
    entries: [
      ...talk,
      parley('p4', ROOF + ' The second one is about nine hundred lower, and it', {
        textState: 'partial',
        heard: { ms: 3900, audioMs: 7000, chars: 82, cut: false },
        response: { status: 'in_progress', reason: '' },
      }),
    ],
    voice: { ...running, state: 'speaking', tokens: 18_340 },
  }),
  muted: app({ entries: talk, voice: { ...running, microphone: 'muted', speaker: 'muted' } }),
  remarks: app({
    entries: [
      you('u1', '', { textState: 'empty', audioMs: 900 }),
      you('u2', '', { textState: 'failed' }),
      you('u3', '', { textState: 'none' }),
      parley('p1', 'I would say that the first', { response: { status: 'incomplete', reason: 'max_output_tokens' } }),
      tool('t1', 'look_at_clock', 'done'),
      you('u4', 'What about the gutters?'),
      parley('p2', '', { textState: 'pending', heard: null, response: { status: 'failed', reason: 'rate_limit_exceeded' } }),
    ],
    voice: running,
  }),
  failed: app({
    entries: talk,
    voice: { state: 'failed', failure: failure('offline', { host: 'api.openai.com' }, ['retry', 'change_key', 'practise']), endpoint: 'openai' },
  }),
  held: app({
    entries: talk.slice(0, 2),
    voice: { state: 'failed', heldTurnMs: 4200, failure: failure('timeout', { host: 'api.openai.com' }, ['retry', 'discard', 'change_key']) },
  }),
  silent: app({
    entries: talk,
    voice: { ...running, notice: failure('microphone_silent', { device: 'USB Microphone' }, ['choose_microphone', 'dismiss']) },
  }),
  reconnecting: app({ entries: talk, voice: { ...running, state: 'reconnecting' } }),
  question: app({
    entries: [...talk, tool('t1', 'open_web_page', 'asking', 'example.org')],
    voice: { ...running, state: 'thinking' },
    question: { id: 'q1', code: 'open_page', detail: { host: 'example.org', url: 'https://example.org/a/long/path?with=a&query=string' }, expiresAt: AT + 30_000 },
  }),
  ringing: app({ entries: talk, ringing: [{ id: 't1', label: 'Tea', lateMs: 0 }, { id: 't2', label: '', lateMs: 0 }] }),
  spent: app({ entries: talk, settings: { endpoint: { kind: 'openai', url: '', model: '' } }, voice: { notice: failure('spending_day', { usd: '5.00' }, ['dismiss']), endpoint: 'openai', costUsd: 5.02, tokens: 81_000 } }),
  tools: app({
    entries: [you('u1', 'What time is it?'), tool('t1', 'current_time', 'done'), tool('t2', 'read_clipboard', 'running'), tool('t3', 'set_timer', 'failed'), tool('t4', 'open_web_page', 'refused', 'example.org'), parley('p1', 'It is three minutes past two.')],
    voice: running,
  }),
  onboarding: app({ onboarding: true, settings: { endpoint: null } }),
  'onboarding-again': app({
    onboarding: true,
    settings: { endpoint: { kind: 'openai', url: '', model: 'gpt-realtime-2.1' } },
    key: { present: true, source: 'stored', origin: 'wss://api.openai.com', backend: 'GNOME Keyring', backendVerified: true, unprotected: false },
  }),
}

/** Every state of the overlay worth looking at, by name. */
export const overlayScenes: Readonly<Record<string, AppState>> = {
  idle: app(),
  connecting: app({ voice: { active: true, state: 'connecting', connecting: true } }),
  ready: app({ voice: running }),
  listening: app({ voice: { ...running, state: 'listening', microphone: 'live' } }),
  thinking: app({ voice: { ...running, state: 'thinking' } }),
  speaking: app({ voice: { ...running, state: 'speaking' } }),
  reconnecting: app({ voice: { ...running, state: 'reconnecting' } }),
  muted: app({ voice: { ...running, microphone: 'muted', speaker: 'muted' } }),
  failed: app({ voice: { state: 'failed', failure: failure('offline', { host: 'api.openai.com' }, ['retry', 'change_key', 'practise']) } }),
  held: app({ voice: { state: 'failed', heldTurnMs: 4200, failure: failure('timeout', { host: 'api.openai.com' }, ['retry', 'discard', 'change_key']) } }),
  question: app({
    voice: { ...running, state: 'thinking' },
    question: { id: 'q1', code: 'open_page', detail: { host: 'example.org', url: 'https://example.org/a/long/path?with=a&query=string' }, expiresAt: AT + 30_000 },
  }),
  timer: app({ ringing: [{ id: 't1', label: 'Tea', lateMs: 0 }] }),
  notice: app({ voice: { ...running, notice: failure('microphone_silent', { device: 'USB Microphone' }, ['choose_microphone', 'dismiss']) } }),
}

/** A long conversation: person and Parley by turns. */
export function many(count: number): ConversationEntry[] {
  return Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? you(`m${i}`, `Question ${i + 1}: what about this?`) : parley(`m${i}`, `Answer ${i + 1}. It is as it was, and will stay so for a while.`),
  )
}
