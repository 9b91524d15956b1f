import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { diagnosticsBundle, type DiagnosticsOptions } from '../../../main/files/diagnostics.ts'
import { EventRecording } from '../../../main/files/event-recording.ts'
import { decodeBase64 } from '../../../main/realtime/base64.ts'
import type { ConnectionEvent } from '../../../main/realtime/connection.ts'
import { Redaction } from '../../../main/redaction.ts'
import { parseServerEvent } from '../../../shared/realtime/parse.ts'
import { replay } from '../../../shared/replay.ts'
import { settingsSchema } from '../../../shared/settings.ts'

const KEY = 'sk-marker-0123456789abcdef'
const WIRE = [
  { type: 'session.created', event_id: 'e0', session: { id: 'sess_1', object: 'realtime.session', type: 'realtime', model: 'gpt-realtime-2.1-mini', instructions: 'Be brief with Ottokar.', output_modalities: ['audio'] } },
  { type: 'conversation.item.added', event_id: 'e1', previous_item_id: null, item: { id: 'item_u', object: 'realtime.item', type: 'message', status: 'completed', role: 'user', content: [{ type: 'input_text', text: 'Call Ottokar at 4711' }] } },
  { type: 'response.created', event_id: 'e2', response: { id: 'resp_1', object: 'realtime.response', status: 'in_progress', output: [] } },
  { type: 'response.output_item.added', event_id: 'e3', response_id: 'resp_1', output_index: 0, item: { id: 'item_a', object: 'realtime.item', type: 'message', status: 'in_progress', role: 'assistant', content: [] } },
  { type: 'conversation.item.added', event_id: 'e4', previous_item_id: 'item_u', item: { id: 'item_a', object: 'realtime.item', type: 'message', status: 'in_progress', role: 'assistant', content: [] } },
  { type: 'response.output_audio_transcript.delta', event_id: 'e5', response_id: 'resp_1', item_id: 'item_a', output_index: 0, content_index: 0, delta: 'Ottokar it is.' },
  { type: 'response.output_audio.delta', event_id: 'e6', response_id: 'resp_1', item_id: 'item_a', output_index: 0, content_index: 0, delta: 'AAECAwQFBgc=' },
  { type: 'response.output_audio_transcript.done', event_id: 'e7', response_id: 'resp_1', item_id: 'item_a', output_index: 0, content_index: 0, transcript: 'Ottokar it is.' },
  { type: 'error', event_id: 'e8', error: { type: 'invalid_request_error', code: 'invalid_value', message: `Invalid value: 'Ottokar' with ${KEY}`, param: 'x', event_id: null } },
]

/** A recording of these events, as an engine would have had them. */
function recorded(): EventRecording {
  const recording = new EventRecording()
  let tell: (event: ConnectionEvent) => void = () => undefined
  const wire = recording.around((listener) => {
    tell = listener
    return { send: () => undefined, sendAudio: () => undefined, close: () => undefined }
  })(() => undefined)
  wire.sendAudio(new Uint8Array(960).fill(7))
  wire.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Call Ottokar at 4711' }] } })
  for (const event of WIRE) {
    const parsed = parseServerEvent(JSON.stringify(event), decodeBase64)
    if (parsed.kind !== 'known') throw new Error(`${event.type}: ${JSON.stringify(parsed)}`)
    tell({ type: 'event', event: parsed.event })
  }
  return recording
}

function bundle(more: Partial<DiagnosticsOptions> = {}): string {
  const redaction = new Redaction()
  redaction.add(KEY)
  return diagnosticsBundle({
    events: recorded().events,
    facts: { parley: '0.1.0', system: 'linux' },
    settings: settingsSchema.parse({ endpoint: { kind: 'compatible', url: 'wss://ottokar.example/v1?key=4711', model: 'm' }, microphoneId: 'ottokar-mic' }),
    logLines: [`2026 INFO it was in /home/ottokar/x with ${KEY}`],
    words: false,
    redact: (text) => redaction.apply(text),
    home: '/home/ottokar',
    ...more,
  })
}

describe('a diagnostics bundle', () => {
  it('holds no key, no sound and no word that was said, typed or set', () => {
    const text = bundle()
    for (const secret of [KEY, 'Ottokar', 'ottokar', '4711', 'AAECAwQF', 'Be brief']) expect(text, secret).not.toContain(secret)
    expect(text).toContain('"delta":"xxxxxxx xx xx."')
    expect(text).toContain('"audio_bytes":8')
    expect(text).toContain('invalid_value')
  })

  it('holds what was said when the person wants that; still no key and no sound', () => {
    const text = bundle({ words: true })
    expect(text).toContain('Call Ottokar at 4711')
    for (const secret of [KEY, 'AAECAwQF', '/home/ottokar']) expect(text, secret).not.toContain(secret)
  })

  it('is what replay reads: the same events, items and shape as the session had', () => {
    const { report } = replay(bundle(), { decodeBase64 })
    expect(report.invalid).toEqual([])
    expect(report.unknown).toEqual({})
    expect(report.events).toBe(WIRE.length + 2)
    expect(report.items.map(({ id, role, text }) => [id, role, text])).toEqual([
      ['item_u', 'user', 'xxxx xxxxxxx xx xxxx'],
      ['item_a', 'assistant', 'xxxxxxx xx xx.'],
    ])
  })

  it('is read by npm run replay', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-bundle-'))
    try {
      const file = join(folder, 'bundle.jsonl')
      await writeFile(file, bundle())
      const { stdout } = await promisify(execFile)(process.execPath, ['scripts/replay.mjs', file])
      expect(JSON.parse(stdout)).toMatchObject({ events: WIRE.length + 2, invalid: [] })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('the recording of events', () => {
  it('keeps the newest 4,000, and no event that is very long', () => {
    const recording = new EventRecording()
    const wire = recording.around(() => ({ send: () => undefined, sendAudio: () => undefined, close: () => undefined }))(() => undefined)
    for (let i = 0; i < 4100; i++) wire.send({ type: 'response.cancel', response_id: `r${String(i)}` })
    expect(recording.events).toHaveLength(4000)
    expect(recording.events[0]?.text).toContain('"r100"')
    wire.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x'.repeat(70_000) }] } })
    expect(recording.events.at(-1)?.text.length).toBeLessThan(100)
  })
})
