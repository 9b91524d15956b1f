import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Questions, type OpenQuestion } from '../../../../main/voice/tools/questions.ts'
import { readAnswer } from '../../../../main/voice/tools/spoken-answer.ts'

const question = (call_id: string) => ({ call_id, code: 'x', detail: {}, spoken: 'May it?' })

describe('Questions', () => {
  let shown: (string | null)[]
  let questions: Questions
  let now: number

  beforeEach(() => {
    vi.useFakeTimers()
    now = 1_000
    shown = []
    questions = new Questions({
      now: () => now,
      onChange: (open: OpenQuestion | null) => {
        shown.push(open?.call_id ?? null)
      },
    })
  })

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('shows one question at a time, each for its own 30 s', async () => {
    const { signal } = new AbortController()
    const answers = Promise.all([questions.ask(question('a'), signal), questions.ask(question('b'), signal)])
    expect(shown).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(30_000)
    expect(shown).toEqual(['a', 'b'])
    await vi.advanceTimersByTimeAsync(29_000)
    expect(questions.answer(questions.open?.id ?? '', true)).toBe(true)
    expect(await answers).toEqual(['unanswered', 'yes'])
    expect(shown).toEqual(['a', 'b', null])
  })

  it('is withdrawn by its signal, shown or waiting, and tells when it is shown', async () => {
    const first = new AbortController()
    const second = new AbortController()
    const opened: string[] = []
    const a = questions.ask(question('a'), first.signal, () => opened.push('a'))
    const b = questions.ask(question('b'), second.signal, () => opened.push('b'))
    second.abort()
    expect(await b).toBe('withdrawn')
    first.abort()
    expect(await a).toBe('withdrawn')
    expect(await questions.ask(question('c'), first.signal)).toBe('withdrawn')
    expect(opened).toEqual(['a'])
    expect(shown).toEqual(['a', null])
  })

  it('does not take an answer that comes late because the computer slept', async () => {
    const asked = questions.ask(question('a'), new AbortController().signal)
    now += 3_600_000
    expect(questions.answer(questions.open?.id ?? '', true)).toBe(false)
    expect(await asked).toBe('unanswered')
  })

  it('takes no answer to a question that is not shown', async () => {
    const call = new AbortController()
    const asked = questions.ask(question('a'), call.signal)
    const { id } = questions.open ?? { id: '' }
    expect(questions.answer(`${id}0`, true)).toBe(false)
    expect(questions.open?.id).toBe(id)
    call.abort()
    expect(await asked).toBe('withdrawn')
    expect(questions.answer(id, true)).toBe(false)
  })

  it('withdraws everything on dispose', async () => {
    const { signal } = new AbortController()
    const answers = Promise.all([questions.ask(question('a'), signal), questions.ask(question('b'), signal)])
    questions.dispose()
    questions.dispose()
    expect(await answers).toEqual(['withdrawn', 'withdrawn'])
    expect(shown).toEqual(['a', null])
  })
})

describe('readAnswer', () => {
  it.each(['Yes.', 'yes', 'Yeah, sure!', 'OK', 'Yes please, go ahead.', 'Do it.', "Yes, that's fine", 'Ja.', 'Ja, bitte!', 'Klar, mach mal.', 'In Ordnung', 'Na klar', 'Ja, gerne', 'Ja doch'])(
    'takes "%s" for a yes',
    (text) => {
      expect(readAnswer(text)).toBe('yes')
    },
  )

  it.each(['No.', 'No, thank you', "Don't.", 'Please don’t', 'Nein, bitte nicht.', 'Nee', 'Lieber nicht', 'Stop', 'Nein, ich möchte das auf keinen Fall haben', 'Not yes'])(
    'takes "%s" for a no',
    (text) => {
      expect(readAnswer(text)).toBe('no')
    },
  )

  it.each([
    '',
    '…',
    'Yes?',
    'What is on the clipboard?',
    'Please',
    'That',
    'Yesterday',
    'Yes and then delete everything',
    'He said yes to the offer',
    'Okay tell me a story',
    'Was ist das für eine Seite?',
    'Ja aber welche Seite meinst du damit eigentlich',
    'Ok so go ahead please do that you may open it',
    'I would open it but I do not trust that page at all',
  ])('takes "%s" for neither', (text) => {
    expect(readAnswer(text)).toBeNull()
  })
})
