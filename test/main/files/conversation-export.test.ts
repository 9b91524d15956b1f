import { describe, expect, it } from 'vitest'
import { asJson, asMarkdown } from '../../../main/files/conversation-export.ts'
import { parley, tool, you } from '../../renderer/app/harness/scenes.ts'

const options = { language: 'en' as const, now: Date.UTC(2026, 10, 20, 15), version: '0.1.0', timeZone: 'UTC' }
const cut = parley('p2', 'It should come tomorrow. Shall I compare?', { heard: { ms: 1800, audioMs: 6200, chars: 24, cut: true }, response: { status: 'cancelled', reason: 'turn_detected' } })
const entries = [you('u1', 'What about *the* roof?'), cut, tool('t1', 'current_time', 'done'), you('u2', '', { textState: 'empty' }), you('u3', '1. first\n# no heading', { source: 'text', audioMs: null })]

describe('a conversation as Markdown', () => {
  it('says who said what when, where it was cut, and what tools did; text stays text', () => {
    expect(asMarkdown(entries, options)).toBe(
      [
        '# Conversation of November 20, 2026',
        '**You** · 2:03 PM',
        'What about \\*the\\* roof?',
        '**Parley** · 2:03 PM',
        'It should come tomorrow. *[cut here; not heard: Shall I compare?]*',
        '> `current_time({"zone":"Europe/Berlin"})` done: `14:03`',
        '**You** · 2:03 PM',
        '*(no speech)*',
        '**You** · 2:03 PM',
        '1\\. first\n\\# no heading',
      ].join('\n\n') + '\n',
    )
  })

  it('speaks German', () => {
    expect(asMarkdown([cut], { ...options, language: 'de' })).toContain('*[hier unterbrochen; nicht gehört: Shall I compare?]*')
  })
})

describe('a conversation as JSON', () => {
  it('has times, heard and cut, and tool calls', () => {
    const document = JSON.parse(asJson(entries, options)) as { format: string; entries: object[] }
    expect(document).toMatchObject({ format: 'parley.conversation', version: 1, writtenBy: 'Parley 0.1.0', writtenAt: '2026-11-20T15:00:00.000Z' })
    expect(document.entries[0]).toEqual({ kind: 'message', id: 'u1', at: '2026-11-20T14:03:00.000Z', who: 'you', how: 'spoken', text: 'What about *the* roof?', textState: 'final', spokenMs: 2400 })
    expect(document.entries[1]).toMatchObject({ who: 'parley', heard: { ms: 1800, ofMs: 6200, text: 'It should come tomorrow.', cut: true }, outcome: { status: 'cancelled', reason: 'turn_detected' } })
    expect(document.entries[2]).toMatchObject({ kind: 'tool_call', name: 'current_time', arguments: '{"zone":"Europe/Berlin"}', output: '14:03', state: 'done' })
    expect(document.entries[4]).toMatchObject({ how: 'written' })
  })
})
