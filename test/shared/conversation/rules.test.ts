import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import { MAX_OUTPUT, MAX_TEXT } from '../../../shared/conversation/model.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import { parsed, Watched } from './reducing.ts'

/** An event as the wire has it. */
const wire = (type: string, fields: object = {}): ServerEvent => parsed({ type, ...fields })
const added = (item: object, previous: string | null = null): ServerEvent => wire('conversation.item.added', { item, previous_item_id: previous })
const itemDone = (item: object): ServerEvent => wire('conversation.item.done', { item, previous_item_id: null })
const outputItem = (item: object, response_id = 'r1'): ServerEvent => wire('response.output_item.added', { item, response_id, output_index: 0 })
const answer = (id: string, more: object = {}): object => ({ id, type: 'message', role: 'assistant', status: 'in_progress', content: [], ...more })
const said = (id: string, text: string): object => answer(id, { status: 'completed', content: [{ type: 'output_text', text }] })
const user = (id: string, text: string): object => ({ id, type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_text', text }] })
const spoken = (id: string): object => ({ id, type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_audio', transcript: null }] })
const part = (item_id: string, content_index = 0): object => ({ response_id: 'r1', item_id, output_index: 0, content_index })
const text = (id: string, delta: string, index = 0): ServerEvent => wire('response.output_text.delta', { ...part(id, index), delta })
const speech = (id: string, delta: string): ServerEvent => wire('response.output_audio_transcript.delta', { ...part(id), delta })
const responseDone = (status: string, more: object = {}): ServerEvent => wire('response.done', { response: { id: 'r1', status, conversation_id: 'c1', ...more } })
const transcript = (item_id: string, words: string): ServerEvent =>
  wire('conversation.item.input_audio_transcription.completed', { item_id, content_index: 0, transcript: words })
const TRANSCRIBING = wire('session.updated', { session: { type: 'realtime', audio: { input: { transcription: { model: 'gpt-transcribe' } } } } })

describe('places', () => {
  it('nothing named, null or unknown is the end; root is the beginning', () => {
    const watched = new Watched().apply(added(user('u1', 'One')), added(user('u2', 'Two')), added(user('u3', 'Three'), 'never_seen'), added(user('u0', 'Zero'), 'root'))
    expect(watched.lines).toEqual(['user: Zero', 'user: One', 'user: Two', 'user: Three'])
  })

  it('what the server has deleted, but people still see, stays before what was said after it', () => {
    const watched = new Watched().apply(added(user('u1', 'One')), outputItem(answer('a1')), added(answer('a1'), 'u1'), speech('a1', 'Well'))
    watched.conversation.heard({ response_id: 'r1', item_id: 'a1', content_index: 0, framesPlayed: 0, framesReceived: 4800, complete: false }, true)
    watched.apply(wire('conversation.item.deleted', { item_id: 'a1' }), added(user('u2', 'Two'), 'u1'))
    expect(watched.lines).toEqual(['user: One', 'assistant: Well', 'user: Two'])
  })

  it('a typed turn goes where the server has put it', () => {
    const watched = new Watched()
    const id = watched.conversation.addTyped('Typed')
    watched.apply(wire('input_audio_buffer.committed', { item_id: 'u1', previous_item_id: null }))
    expect(watched.lines).toEqual(['user: Typed', 'user: (none)'])
    watched.apply(added(user(id, 'Typed'), 'u1'))
    expect(watched.lines).toEqual(['user: (none)', 'user: Typed'])
    watched.apply(added(user(id, 'Typed'), 'nowhere'))
    expect(watched.lines).toHaveLength(2)
  })

  it('a deleted item goes, does not come back by what is late, and does by being added again', () => {
    const watched = new Watched().apply(added(user('u1', 'One')), added(user('u2', 'Two'), 'u1'), wire('conversation.item.deleted', { item_id: 'u1' }))
    watched.apply(wire('conversation.item.deleted', { item_id: 'u1' }), itemDone(user('u1', 'One')), wire('conversation.item.deleted', { item_id: 'nobody' }))
    expect(watched.lines).toEqual(['user: Two'])
    watched.apply(added(user('u1', 'Again')))
    expect(watched.lines).toEqual(['user: Again', 'user: Two'])
  })

  it('an answer whose every event but the last was lost is there', () => {
    const watched = new Watched().apply(added(user('u1', 'Hi')), responseDone('completed', { output: [said('a1', 'Hello'), said('a2', 'World')] }))
    expect(watched.lines).toEqual(['user: Hi', 'assistant: Hello', 'assistant: World'])
  })
})

describe('what is hidden', () => {
  it('an out-of-band response', () => {
    const watched = new Watched().apply(outputItem(answer('o1')), text('o1', 'Summary'), wire('response.output_item.done', { response_id: 'r1', output_index: 0, item: said('o1', 'Summary') }))
    watched.apply(responseDone('completed', { conversation_id: null, output: [said('o1', 'Summary')] }))
    expect(watched.lines).toEqual([])
  })

  const silence = wire('input_audio_buffer.timeout_triggered', { item_id: 'u1', audio_start_ms: 0, audio_end_ms: 6000 })
  const nudge = added({ id: 's1', type: 'message', role: 'system', content: [{ type: 'input_text', text: 'The user is silent.' }] })
  const commit = wire('input_audio_buffer.committed', { item_id: 'u1', previous_item_id: 's1' })

  it('the nudge and the silence of an idle timeout', () => {
    const watched = new Watched().apply(TRANSCRIBING, silence, nudge, commit, added(spoken('u1'), 's1'), transcript('u1', ''), added(answer('a1'), 'u1'), text('a1', 'Are you there?'))
    expect(watched.lines).toEqual(['assistant: Are you there?'])
    expect(watched.conversation.items.map((i) => i.id)).toEqual(['a1'])
  })

  it('the silence when the word of it comes late, or its commit never', () => {
    expect(new Watched().apply(nudge, commit, added(spoken('u1'), 's1'), silence).lines).toEqual([])
    expect(new Watched().apply(silence, added(spoken('u1'), 's1')).lines).toEqual([])
  })

  it('what this client does not know', () => {
    const watched = new Watched().apply(added({ id: 'x1', type: 'hologram' }), added(user('u1', 'Hi'), 'x1'))
    expect(watched.lines).toEqual(['user: Hi'])
  })
})

describe('words', () => {
  it('of the person that come before their item', () => {
    const failed = wire('conversation.item.input_audio_transcription.failed', { item_id: 'u2', error: {} })
    const watched = new Watched().apply(transcript('u1', 'Early'), failed, wire('input_audio_buffer.committed', { item_id: 'u1' }), added(spoken('u2'), 'u1'))
    expect(watched.lines).toEqual(['user: Early', 'user: (failed)'])
  })

  it('of the person are never an answer, nor an answer the person’s', () => {
    const watched = new Watched().apply(added(user('u1', 'Hi')), added(answer('a1'), 'u1'), transcript('a1', 'stolen'), text('u1', ' stolen'))
    watched.apply(wire('conversation.item.input_audio_transcription.delta', { item_id: 'a1', content_index: 0, delta: 'stolen' }))
    expect(watched.lines).toEqual(['user: Hi', 'assistant: (pending)'])
  })

  it('that have arrived stay when the server has no more to say', () => {
    const watched = new Watched().apply(TRANSCRIBING, added(spoken('u1')))
    watched.apply(wire('conversation.item.input_audio_transcription.delta', { item_id: 'u1', content_index: 0, delta: 'Half' }), transcript('u1', ''))
    expect(watched.shown[0]).toMatchObject({ text: 'Half', textState: 'final' })
  })

  it('end once: what comes after the whole is not added', () => {
    const watched = new Watched().apply(added(answer('a1')), text('a1', 'Yes'), wire('response.output_text.done', { ...part('a1'), text: 'Yes.' }), text('a1', ' no'))
    expect(watched.lines).toEqual(['assistant: Yes.'])
  })

  it('of several parts stand in their order, a part behind one that is arriving waits', () => {
    const watched = new Watched().apply(added(answer('a1')), text('a1', 'One', 0), text('a1', 'Two', 1), text('a1', ' more', 0))
    expect(watched.lines).toEqual(['assistant: One more'])
    watched.apply(wire('response.output_text.done', { ...part('a1', 0), text: 'One more' }))
    expect(watched.lines).toEqual(['assistant: One more\nTwo'])
    watched.apply(text('a1', ' too', 1))
    expect(watched.lines).toEqual(['assistant: One more\nTwo too'])
  })

  it('of a part that begins before one that is shown take its place', () => {
    const watched = new Watched().apply(added(answer('a1')), text('a1', 'Two', 1), text('a1', 'One', 0))
    expect(watched.lines).toEqual(['assistant: One'])
    watched.apply(itemDone(answer('a1', { status: 'completed', content: [{ type: 'output_text', text: 'One' }, { type: 'output_text', text: 'Two' }] })))
    expect(watched.lines).toEqual(['assistant: One\nTwo'])
  })

  it('hold white space back until a word follows', () => {
    const watched = new Watched().apply(added(answer('a1')), text('a1', '  \n'), text('a1', ' Yes, '), text('a1', ' '), text('a1', 'no'))
    expect(watched.lines).toEqual(['assistant: Yes,  no'])
    expect(watched.patches.filter((p) => p.op === 'append')).toEqual([
      { op: 'append', id: 'a1', text: 'Yes,' },
      { op: 'append', id: 'a1', text: '  no' },
    ])
  })

  it('of history are final at once', () => {
    const watched = new Watched().apply(added(said('a1', 'Old answer')))
    expect(watched.shown[0]).toMatchObject({ text: 'Old answer', textState: 'final', response: null })
  })

  it('of the old protocol, whose items have no end of their own', () => {
    const watched = new Watched().apply(
      wire('conversation.item.created', { item: answer('a1') }),
      wire('response.audio_transcript.delta', { ...part('a1'), delta: 'Hel' }),
      wire('response.content_part.done', { ...part('a1'), part: { type: 'audio', transcript: 'Hello' } }),
      wire('response.output_item.done', { response_id: 'r1', output_index: 0, item: answer('a1', { status: 'completed', content: [{ type: 'audio', transcript: 'Hello!' }] }) }),
    )
    expect(watched.shown[0]).toMatchObject({ text: 'Hello!', source: 'voice', textState: 'final' })
    expect(watched.conversation.items).toEqual([{ id: 'a1', type: 'message', role: 'assistant', text: 'Hello!', status: 'completed', interrupted: false }])
  })

  it('have a longest length, whatever a server sends', () => {
    const watched = new Watched().apply(added(answer('a1')))
    for (let i = 0; i < 12; i++) watched.apply(text('a1', 'x'.repeat(100_000)))
    expect(watched.shown[0]?.text.length).toBe(MAX_TEXT)
    watched.apply(wire('response.output_text.done', { ...part('a1'), text: 'y'.repeat(MAX_TEXT + 5) }))
    expect(watched.shown[0]?.text).toBe('y'.repeat(MAX_TEXT))
    for (let index = 1; index < 500; index++) watched.apply(text('a1', 'z', index))
    expect(watched.check().shown[0]?.text.length).toBeLessThanOrEqual(MAX_TEXT + 500)
  })
})

describe('answers that were cut', () => {
  const sound = (bytes: number): ServerEvent => wire('response.output_audio.delta', { ...part('a1'), delta: Buffer.alloc(bytes).toString('base64') })
  const truncated = (ms: number): ServerEvent => wire('conversation.item.truncated', { item_id: 'a1', content_index: 0, audio_end_ms: ms })
  const begun = [outputItem(answer('a1')), added(answer('a1')), wire('response.content_part.added', { ...part('a1'), part: { type: 'audio' } })]

  it('keep the heard part and mark the rest, by the server’s word where nothing plays', () => {
    const watched = new Watched().apply(...begun, speech('a1', 'You wanted two quotes before Friday.'), sound(96_000), wire('response.output_audio.done', part('a1')))
    watched.apply(wire('response.output_audio_transcript.done', { ...part('a1'), transcript: 'You wanted two quotes before Friday.' }))
    watched.apply(truncated(1000), responseDone('cancelled', { status_details: { reason: 'turn_detected' } }))
    const [entry] = watched.check().shown
    expect(entry).toMatchObject({ heard: { ms: 1000, audioMs: 2000, cut: true }, response: { status: 'cancelled', reason: 'turn_detected' } })
    expect(entry?.text.slice(0, entry.heard?.chars)).toBe('You wanted two')
    expect(watched.conversation.items[0]).toMatchObject({ interrupted: true })
  })

  it('are measured in the session’s own format', () => {
    const g711 = wire('session.created', { session: { type: 'realtime', audio: { output: { format: { type: 'audio/pcmu' } } } } })
    expect(new Watched().apply(g711, ...begun, sound(16_000), truncated(500)).shown[0]?.heard).toMatchObject({ audioMs: 2000 })
    const wider = wire('session.created', { session: { type: 'realtime', audio: { output: { format: { type: 'audio/pcm', rate: 24000 } } } } })
    expect(new Watched().apply(wider, ...begun, sound(96_000), truncated(500)).shown[0]?.heard).toMatchObject({ audioMs: 2000 })
  })

  it('keep what playback says, which knows better', () => {
    const watched = new Watched().apply(...begun, speech('a1', 'You wanted two quotes'))
    watched.conversation.heard({ response_id: 'r1', item_id: 'a1', content_index: 0, framesPlayed: 12_000, framesReceived: 24_000, complete: false }, true)
    watched.apply(truncated(400))
    expect(watched.check().shown[0]?.heard).toMatchObject({ ms: 500, cut: true })
  })

  it('that were never there, or are no answers, are left alone', () => {
    const watched = new Watched().apply(added(user('u1', 'Hi')), truncated(5), wire('conversation.item.truncated', { item_id: 'u1', content_index: 0, audio_end_ms: 5 }))
    watched.conversation.heard({ response_id: 'r1', item_id: 'u1', content_index: 0, framesPlayed: 1, framesReceived: 1, complete: true }, false)
    watched.conversation.setTurnMs('nobody', 5)
    expect(watched.check().shown[0]?.heard).toBeNull()
  })
})

describe('how responses end', () => {
  it.each([
    ['completed', {}, ''],
    ['cancelled', { reason: 'client_cancelled' }, 'client_cancelled'],
    ['incomplete', { reason: 'max_output_tokens' }, 'max_output_tokens'],
    ['failed', { error: { code: 'rate_limit_exceeded' } }, 'rate_limit_exceeded'],
    ['failed', { error: { type: 'server_error' } }, 'server_error'],
  ])('%s %o', (status, status_details, reason) => {
    const watched = new Watched().apply(outputItem(answer('a1')), added(answer('a1')), text('a1', 'Half'), responseDone(status, { status_details }))
    expect(watched.check().shown[0]).toMatchObject({ textState: 'final', response: { status, reason } })
  })

  it('badly at the last item: what was complete before it is complete', () => {
    const watched = new Watched().apply(outputItem(answer('a1')), added(answer('a1')), outputItem(answer('a2')), added(answer('a2'), 'a1'), itemDone(said('a1', 'Let me see.')))
    watched.apply(responseDone('incomplete', { status_details: { reason: 'content_filter' }, output: [said('a1', 'Let me see.'), answer('a2', { status: 'incomplete' })] }))
    expect(watched.check().shown.map((e) => e.response?.status)).toEqual(['completed', 'incomplete'])
  })
})

describe('functions', () => {
  const call = (more: object = {}): object => ({ id: 'f1', type: 'function_call', status: 'in_progress', call_id: 'call_1', name: 'look_up', arguments: '', ...more })
  const args = (delta: string): ServerEvent => wire('response.function_call_arguments.delta', { response_id: 'r1', item_id: 'f1', output_index: 0, call_id: 'call_1', delta })
  const argsDone = wire('response.function_call_arguments.done', { response_id: 'r1', item_id: 'f1', output_index: 0, call_id: 'call_1', arguments: '{"q":1}' })
  const output = (text: string): ServerEvent => added({ id: 'o1', type: 'function_call_output', call_id: 'call_1', output: text }, 'f1')

  it('show their arguments as they stream, then what they answered', () => {
    const watched = new Watched().apply(outputItem(call()), added(call()), args('{"q"'), args(':1}'))
    expect(watched.patches.slice(1)).toEqual([
      { op: 'arguments', id: 'f1', text: '{"q"' },
      { op: 'arguments', id: 'f1', text: ':1}' },
    ])
    expect(watched.check().shown[0]).toMatchObject({ kind: 'tool_call', role: 'assistant', text: '', call: { name: 'look_up', arguments: '{"q":1}', state: 'writing', callId: 'call_1', server: '' } })
    watched.apply(argsDone, itemDone(call({ status: 'completed', arguments: '{"q":1}' })), responseDone('completed'))
    expect(watched.lines).toEqual(['look_up running: '])
    watched.apply(output('42'))
    expect(watched.lines).toEqual(['look_up done: 42'])
    expect(watched.conversation.items.map(({ type, text }) => [type, text])).toEqual([
      ['function_call', 'look_up({"q":1})'],
      ['function_call_output', '42'],
    ])
  })

  it('change nothing by being announced four times', () => {
    const final = call({ status: 'completed', arguments: '{"q":1}' })
    const watched = new Watched().apply(added(call()), argsDone)
    const before = watched.patches.length
    watched.apply(argsDone, itemDone(final), wire('response.output_item.done', { response_id: 'r1', output_index: 0, item: final }), args('late'))
    expect(watched.patches.length).toBe(before)
  })

  it('that were cut off while being written', () => {
    const watched = new Watched().apply(outputItem(call()), added(call()), args('{"q'), responseDone('cancelled', { output: [call({ status: 'incomplete' })] }))
    expect(watched.lines).toEqual(['look_up interrupted: '])
    expect(watched.conversation.items[0]).toMatchObject({ interrupted: true, status: 'incomplete' })
    expect(new Watched().apply(outputItem(call()), added(call()), responseDone('failed')).lines).toEqual(['look_up interrupted: '])
  })

  it('whose answer comes although the connection was lost meanwhile', () => {
    const watched = new Watched().apply(added(call()), argsDone)
    watched.conversation.sessionEnded()
    expect(watched.lines).toEqual(['look_up interrupted: '])
    watched.apply(argsDone)
    expect(watched.lines).toEqual(['look_up interrupted: '])
    watched.apply(output('42'))
    expect(watched.lines).toEqual(['look_up done: 42'])
  })

  it('that Parley runs say how they are coming on; the server’s word does not run ahead of the person’s', () => {
    const watched = new Watched().apply(added(call()))
    watched.conversation.setCallState('call_1', 'asking', 'example.org')
    watched.apply(argsDone, itemDone(call({ status: 'completed', arguments: '{"q":1}' })))
    expect(watched.check().shown[0]).toMatchObject({ call: { state: 'asking', object: 'example.org', arguments: '{"q":1}' } })
    watched.conversation.setCallState('call_1', 'refused', 'x'.repeat(400))
    watched.apply(output('The person said no.'))
    watched.conversation.setCallState('call_1', 'running', 'late')
    watched.conversation.setCallState('nobody', 'running', '')
    expect(watched.lines).toEqual(['look_up refused: The person said no.'])
    expect(new Watched().apply(added(call())).check().shown[0]).toMatchObject({ call: { object: '' } })
  })

  it('answer nobody without harm, and at a length that windows can take', () => {
    expect(new Watched().apply(output('lost')).lines).toEqual([])
    const watched = new Watched().apply(added(call()), output('x'.repeat(MAX_OUTPUT + 1)))
    expect(watched.lines[0]?.length).toBe('look_up done: '.length + MAX_OUTPUT)
  })

  it('without a call id, or an id of null', () => {
    expect(new Watched().apply(added(call({ call_id: null }))).lines).toEqual(['look_up writing: '])
  })
})

describe('MCP', () => {
  const call = (more: object = {}): object => ({ id: 'm1', type: 'mcp_call', server_label: 'docs', name: 'search', arguments: '', ...more })
  const about = { item_id: 'm1', output_index: 0 }
  const asked = { id: 'q1', type: 'mcp_approval_request', server_label: 'docs', name: 'search', arguments: '{"q":"x"}' }
  const decided = (approve: boolean): ServerEvent => added({ id: 'd1', type: 'mcp_approval_response', approval_request_id: 'q1', approve })

  it('a call from its first letter to its output', () => {
    const watched = new Watched().apply(added(call()), wire('response.mcp_call_arguments.delta', { ...about, response_id: 'r1', delta: '{"q":' }))
    watched.apply(wire('response.mcp_call_arguments.done', { ...about, response_id: 'r1', arguments: '{"q":"x"}' }))
    expect(watched.check().shown[0]).toMatchObject({ call: { origin: 'mcp', server: 'docs', state: 'writing', arguments: '{"q":"x"}' } })
    watched.apply(wire('response.mcp_call.in_progress', about))
    expect(watched.lines).toEqual(['search running: '])
    watched.apply(wire('response.mcp_call.completed', about), itemDone(call({ output: 'found' })))
    expect(watched.lines).toEqual(['search done: found'])
  })

  it('a call that failed, whichever word of it comes first', () => {
    const failed = itemDone(call({ error: { type: 'http_error', code: 500, message: 'broken' } }))
    expect(new Watched().apply(added(call()), wire('response.mcp_call.failed', about), failed).lines).toEqual(['search failed: broken'])
    expect(new Watched().apply(added(call()), failed, wire('response.mcp_call.failed', about)).lines).toEqual(['search failed: broken'])
  })

  it('a question, allowed: the call takes its place', () => {
    const watched = new Watched().apply(added(asked))
    expect(watched.lines).toEqual(['search asking: '])
    watched.apply(decided(true))
    expect(watched.lines).toEqual(['search running: '])
    watched.apply(added(call({ approval_request_id: 'q1' }), 'd1'))
    expect(watched.lines).toEqual(['search writing: '])
    expect(watched.shown[0]?.id).toBe('m1')
  })

  it('a question, refused', () => {
    const watched = new Watched().apply(added(asked), decided(false), decided(true))
    expect(watched.lines).toEqual(['search refused: '])
  })

  it('a list of tools, there, failed, or told before its item', () => {
    const list = (tools: object[]): object => ({ id: 'l1', type: 'mcp_list_tools', server_label: 'docs', tools })
    const state = (word: string): ServerEvent => wire(`mcp_list_tools.${word}`, { item_id: 'l1' })
    const tools = [{ name: 'search', input_schema: {} }]
    const watched = new Watched().apply(added(list([])), state('in_progress'))
    expect(watched.lines).toEqual(['docs running: '])
    watched.apply(state('completed'), itemDone(list(tools)), state('completed'))
    expect(watched.lines).toEqual(['docs done: search'])
    expect(new Watched().apply(added(list([])), itemDone(list(tools))).lines).toEqual(['docs done: search'])
    expect(new Watched().apply(added(list([])), state('failed')).lines).toEqual(['docs failed: '])
    expect(new Watched().apply(state('failed'), added(list([]))).lines).toEqual(['docs failed: '])
  })
})

describe('images', () => {
  const png = `data:image/png;base64,${'A'.repeat(1000)}`
  const picture = (id: string, url: string): object => ({ id, type: 'message', role: 'user', content: [{ type: 'input_text', text: 'This?' }, { type: 'input_image', image_url: url }] })

  it('are named in the entry and kept apart from it', () => {
    const watched = new Watched().apply(added(picture('u1', png)))
    expect(watched.check().shown[0]).toMatchObject({ text: 'This?', source: 'text', images: [{ contentIndex: 1, mediaType: 'image/png', size: png.length }] })
    expect(JSON.stringify(watched.patches).length).toBeLessThan(500)
    expect(watched.conversation.image('u1', 1)).toBe(png)
    expect(watched.conversation.image('u1', 0)).toBeNull()
    expect(new Watched().apply(added(picture('u1', 'https://example.org/a.png'))).shown[0]).toMatchObject({ images: [{ mediaType: '' }] })
  })

  it('are forgotten, the oldest first, before they fill the memory', () => {
    const large = `data:image/png;base64,${'A'.repeat(12 * 1024 * 1024)}`
    const watched = new Watched()
    for (const id of ['u1', 'u2', 'u3']) watched.conversation.apply({ type: 'conversation.item.added', item: picture(id, large) } as ServerEvent)
    expect(['u1', 'u2', 'u3'].map((id) => watched.conversation.image(id, 1) !== null)).toEqual([false, true, true])
  })
})

describe('cost', () => {
  /** A conversation of so many turns. */
  function long(turns: number): Watched {
    const watched = new Watched()
    for (let i = 0; i < turns; i++) watched.conversation.apply({ type: 'conversation.item.added', item: user(`u${String(i)}`, 'Hi'), previous_item_id: i === 0 ? null : `u${String(i - 1)}` } as ServerEvent)
    return watched
  }

  it('is the same at item 10 and at item 10,000', () => {
    const sizes = [10, 10_000]
    const conversations = sizes.map((turns) => {
      const conversation = new Conversation({ now: () => 1000, newId: () => '', onPatches: () => undefined })
      for (let i = 0; i < turns; i++) conversation.apply(added(user(`u${String(i)}`, 'Hi'), i === 0 ? null : `u${String(i - 1)}`))
      return conversation
    })
    const took = [0, 0]
    // In turn, so that what slows one of them down slows the other one down too; the first rounds only warm up.
    for (let round = -3; round < 20; round++) {
      conversations.forEach((conversation, i) => {
        const id = `a${String(round)}`
        const deltas = Array.from({ length: 2000 }, () => text(id, 'word '))
        const before = process.threadCpuUsage()
        conversation.apply(added(answer(id), `u${String((sizes[i] ?? 0) - 1)}`))
        for (const delta of deltas) conversation.apply(delta)
        conversation.apply(itemDone(said(id, 'word')))
        const { user, system } = process.threadCpuUsage(before)
        if (round >= 0) took[i] = (took[i] ?? 0) + user + system
      })
    }
    const [ten = NaN, tenThousand = NaN] = took
    // Time of this thread's own, whatever else the machine does, in ticks of up to 4 ms. What looks at every item takes hundreds of ms.
    expect(tenThousand).toBeLessThan(3 * ten + 50_000)
  })

  it('to a window is one patch of a few bytes for a word', () => {
    const watched = long(2000).apply(added(answer('a1'), 'u1999'))
    watched.patches.length = 0
    watched.conversation.apply(text('a1', 'Yes'))
    expect(watched.patches).toEqual([{ op: 'append', id: 'a1', text: 'Yes' }])
  })

  it('to a window is one put for all that one event changes', () => {
    const watched = new Watched()
    const call = { id: 'f1', type: 'function_call', status: 'completed', call_id: 'c', name: 'f', arguments: '{}' }
    watched.apply(responseDone('completed', { output: [said('a1', 'One'), call] }))
    expect(watched.patches.map((p) => (p.op === 'put' ? `${p.op} ${p.entry.id} ${String(p.index)}` : p.op))).toEqual(['put a1 0', 'put f1 1'])
    expect(watched.lines).toEqual(['assistant: One', 'f running: '])
  })

  it('in memory is nothing for what is never shown', () => {
    const { conversation } = new Watched()
    const before = heapUsed()
    for (let i = 0; i < 100_000; i++) {
      const id = `x${String(i)}`
      conversation.apply({ type: 'response.output_item.added', response_id: `r${id}`, output_index: 0, item: { id, type: 'message', role: 'assistant', content: [] } })
      conversation.apply({ type: 'input_audio_buffer.timeout_triggered', item_id: id, audio_start_ms: 0, audio_end_ms: 1 })
      conversation.apply({ type: 'conversation.item.input_audio_transcription.completed', item_id: id, content_index: 0, transcript: 'x'.repeat(10) })
      conversation.apply({ type: 'response.output_text.delta', response_id: 'r', item_id: id, output_index: 0, content_index: 0, delta: 'x' })
    }
    expect(heapUsed() - before).toBeLessThan(4_000_000)
    expect(conversation.entries).toEqual([])
  })
})

/** Bytes in use after a collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}
