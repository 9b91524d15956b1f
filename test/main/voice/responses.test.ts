import { beforeEach, describe, expect, it } from 'vitest'
import { METADATA_KEY, Responses } from '../../../main/voice/responses.ts'
import type { RealtimeResponse } from '../../../shared/realtime/response.ts'

function response(id: string, key?: string): RealtimeResponse {
  return {
    id,
    status: 'in_progress',
    status_details: null,
    output: [],
    usage: null,
    metadata: key === undefined ? null : { [METADATA_KEY]: key },
  }
}

describe('Responses', () => {
  let sent: string[]
  let responses: Responses

  beforeEach(() => {
    sent = []
    let ids = 0
    responses = new Responses({
      newEventId: () => `e${String(++ids)}`,
      create: (eventId) => sent.push(`create ${eventId}`),
      cancel: (id) => sent.push(`cancel ${id}`),
      onUnanswered: () => sent.push('unanswered'),
    })
  })

  it('I-5: holds a request until the running response is done', () => {
    responses.request()
    responses.created(response('r1', 'e1'))
    responses.request()
    expect(sent).toEqual(['create e1'])
    responses.done(response('r1', 'e1'))
    expect(sent).toEqual(['create e1', 'create e2'])
  })

  it('learns of a response by its sound where response.created was missed, but not of one that is over', () => {
    responses.request()
    expect(responses.sounds('r1')).toBe(true)
    expect(responses.sounds('r1')).toBe(false)
    responses.interrupt()
    expect(sent).toEqual(['create e1', 'cancel r1'])
    responses.done(response('r1', 'e1'))
    expect(responses.sounds('r1')).toBe(false)
    responses.request()
    responses.interrupt()
    expect(responses.sounds('r2')).toBe(false)
    expect(sent).toEqual(['create e1', 'cancel r1', 'create e2', 'cancel r2'])
  })

  it('makes one of several requests that wait', () => {
    responses.request()
    responses.request()
    responses.request()
    responses.created(response('r1', 'e1'))
    responses.done(response('r1', 'e1'))
    expect(sent).toEqual(['create e1', 'create e2'])
  })

  it('I-12: cancels by id a response that appears after it was cut, and drops it', () => {
    responses.request()
    responses.interrupt()
    expect(sent).toEqual(['create e1'])
    expect(responses.created(response('r1', 'e1'))).toBe(false)
    expect(responses.isDead('r1')).toBe(true)
    expect(sent).toEqual(['create e1', 'cancel r1'])
  })

  it('lets an answer through that the server made by itself while a dead one is awaited', () => {
    responses.request()
    responses.interrupt()
    expect(responses.created(response('vad', 'someone else'))).toBe(true)
    expect(responses.isDead('vad')).toBe(false)
  })

  it('I-6: does not cancel what the server cancels by itself', () => {
    responses.created(response('r1'))
    responses.speechStarted()
    responses.interrupt()
    expect(sent).toEqual([])
    expect(responses.isDead('r1')).toBe(true)
  })

  it('cancels each response once, however often it is cut', () => {
    responses.created(response('r1'))
    responses.interrupt()
    responses.interrupt()
    expect(sent).toEqual(['cancel r1'])
  })

  it('I-6: asks again after response.done when the server was still busy', () => {
    responses.created(response('r0'))
    responses.done(response('r0'))
    responses.request()
    responses.created(response('vad', 'other'))
    expect(responses.refused('e1', 'conversation_already_has_active_response')).toBe('requeued')
    expect(sent).toEqual(['create e1'])
    responses.done(response('vad', 'other'))
    expect(sent).toEqual(['create e1', 'create e2'])
  })

  it('is free again when its request is refused for good', () => {
    responses.request()
    expect(responses.refused('e1', 'invalid_value')).toBe('refused')
    responses.request()
    expect(sent).toEqual(['create e1', 'create e2'])
  })

  it('does not take errors of other events for its own', () => {
    responses.request()
    expect(responses.refused('x', 'invalid_value')).toBe('other')
    expect(responses.refused(null, 'invalid_value')).toBe('other')
  })

  it('takes response.done as the end even when response.created was missed', () => {
    responses.request()
    responses.done(response('r1', 'e1'))
    responses.request()
    expect(sent).toEqual(['create e1', 'create e2'])
  })
})
