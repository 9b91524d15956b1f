import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PracticeLanguage } from '../../../main/practice/clips.ts'
import type { PracticePartner } from '../../../main/practice/partner.ts'
import { PracticeClient, noise, speech, startPartner } from './practice-client.ts'

const SENTENCE = speech('The quick brown fox jumps over the lazy dog.')

/** The tenths of a second that a text names. */
function seconds(text: string): number[] {
  return [...text.matchAll(/(\d+)[.,](\d)(?= )/g)].map((m) => Number(`${m[1] ?? ''}.${m[2] ?? ''}`))
}

/** Where `part` lies in `whole`, or -1. */
function indexOfSamples(whole: Int16Array, part: Int16Array): number {
  return Buffer.from(whole.buffer).indexOf(Buffer.from(part.buffer, part.byteOffset, part.byteLength))
}

const TEXTS: Record<PracticeLanguage, Record<string, RegExp>> = {
  en: {
    greeting: /^Hello\. I am the practice partner\. Hold Talk, say a sentence, and let go\.$/,
    heard: /^I heard \d+\.\d seconds\. You came through clearly\. I began to answer \d+\.\d seconds after your last word\. This is how you sound\. \(your voice, \d+\.\d seconds\) Now hold Talk once more\./,
    count: /^Press Talk while I count\. 1, 2, 3, .* 19, 20\.$/,
    cut: /^You cut me off after 8\.0 seconds\. The last number you heard was \d+\. Now type something in the message box\.$/,
    typed: /^Your text arrived: 14 characters\. That is all I can do\. I am not a language model\. .* add a key in the settings\.$/,
  },
  de: {
    greeting: /^Hallo\. Ich bin der Übungspartner\. Halte die Sprechtaste, sag einen Satz, und lass los\.$/,
    heard: /^Ich habe \d+,\d Sekunden gehört\. Du warst gut zu hören\. Meine Antwort begann \d+,\d Sekunden nach deinem letzten Wort\. So klingst du\. \(deine Stimme, \d+,\d Sekunden\) Halte noch einmal/,
    count: /^Drück die Sprechtaste, während ich zähle\. 1, 2, 3, .* 19, 20\.$/,
    cut: /^Du hast mich unterbrochen nach 8,0 Sekunden\. Die letzte Zahl, die du gehört hast, war \d+\. Schreib nun etwas in das Textfeld\.$/,
    typed: /^Dein Text ist da: 14 Zeichen\. Mehr kann ich nicht\. Ich bin kein Sprachmodell\. .* Schlüssel ein\.$/,
  },
}

describe.each(['en', 'de'] as const)('the lesson in %s', (language) => {
  let partner: PracticePartner
  let client: PracticeClient
  const texts = TEXTS[language]

  beforeEach(async () => {
    partner = await startPartner({ language, now: () => new Date(2030, 0, 1, 14, 5) })
    client = await PracticeClient.open(partner)
    await client.update(null)
  })
  afterEach(async () => {
    await client.close()
    await partner.stop()
  })

  it('greets, tells what it heard, plays it back, counts, is cut off, takes text, and ends', async () => {
    const greeting = await client.answer()
    expect(greeting).toMatchObject({ status: 'completed', text: expect.stringMatching(texts['greeting'] as RegExp) as unknown })

    const heard = await client.talk(SENTENCE)
    expect(heard.text).toMatch(texts['heard'] as RegExp)
    const [stated, , echoed] = seconds(heard.text)
    expect(Math.abs((stated ?? 0) - SENTENCE.length / 24_000)).toBeLessThanOrEqual(0.1)
    expect(echoed).toBe(stated)
    expect(indexOfSamples(heard.pcm, SENTENCE)).toBeGreaterThan(0)

    const count = await client.talk(SENTENCE)
    expect(count.text).toMatch(texts['count'] as RegExp)
    await client.request({ type: 'conversation.item.truncate', item_id: count.item_id, content_index: 0, audio_end_ms: 8000 }, 'conversation.item.truncated')

    const cut = await client.talk(SENTENCE)
    expect(cut.text).toMatch(texts['cut'] as RegExp)

    const typed = await client.type('Good to know. ')
    expect(typed.text).toMatch(texts['typed'] as RegExp)
  })

  it('tells the last number that was really heard', async () => {
    await client.talk(SENTENCE)
    const { item_id, pcm } = await client.type('count')
    // Digital silence stands between the numbers only: its stretches are the boundaries.
    const ends: number[] = []
    let quiet = 0
    for (const [at, sample] of pcm.entries()) {
      quiet = sample === 0 ? quiet + 1 : 0
      if (quiet === 0.4 * 24_000) ends.push(at)
    }
    expect(ends).toHaveLength(19)
    await client.request({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: Math.floor((ends[11] ?? 0) / 24) }, 'conversation.item.truncated')
    const { text } = await client.answer()
    expect(text).toMatch(language === 'en' ? /The last number you heard was 12\. / : /war 12\. /)
  })

  it('notices when nobody cuts in, and goes on after the second time', async () => {
    await client.talk(SENTENCE)
    await client.talk(SENTENCE)
    expect((await client.talk(SENTENCE)).text).toMatch(language === 'en' ? /^You let me finish\. Try once more\. .* 20\.$/ : /^Du hast mich ausreden lassen\. .* 20\.$/)
    expect((await client.talk(SENTENCE)).text).toMatch(/(Now type something in the message box|Schreib nun etwas in das Textfeld)\.$/)
  })

  it('takes a count of which nothing was heard for cut off', async () => {
    await client.talk(SENTENCE)
    const { item_id } = await client.talk(SENTENCE)
    await client.request({ type: 'conversation.item.delete', item_id }, 'conversation.item.deleted')
    expect((await client.talk(SENTENCE)).text).toMatch(/0[.,]0 .*(message box|Textfeld)\.$/)
  })

  it('answers cues, and says of everything else that it cannot understand it', async () => {
    const say = async (text: string): Promise<string> => (await client.type(text)).text
    if (language === 'en') {
      expect(await say('What is the capital of France?')).toMatch(/^I cannot understand sentences, spoken or typed\. Typed, I know hello, /)
      expect(await say('Play it back!')).toBe('I have not heard you yet. Hold Talk, say a sentence, and let go.')
      expect(await say('what time is it?')).toBe('It is 14:05.')
      expect(await say('HELP')).toMatch(/^I am not a language model/)
      expect(await say('stop')).toBe('I have stopped.')
    } else {
      expect(await say('Was ist die Hauptstadt von Frankreich?')).toMatch(/^Ich verstehe keine Sätze, weder gesprochen noch getippt\. Getippt kenne ich hallo, /)
      expect(await say('Spiel es ab')).toMatch(/^Ich habe dich noch nicht gehört\. /)
      expect(await say('Wie spät ist es?')).toBe('Es ist 14 Uhr 5.')
      expect(await say('Hilfe')).toMatch(/^Ich bin kein Sprachmodell/)
      expect(await say('stopp')).toBe('Ich bin still.')
    }
    await client.talk(SENTENCE)
    const echo = await client.type('echo')
    expect(indexOfSamples(echo.pcm, SENTENCE)).toBeGreaterThan(0)
  })

  it.each([
    ['silence', () => noise(36_000, -70), /no voice|keine Stimme/],
    ['a quiet voice', () => speech('Can you hear me at all from here?', 0.03), /That was quiet|Das war leise/],
    ['a loud voice', () => speech('Can you hear me at all from here?').map((s) => Math.round(Math.tanh(s / 2500) * 26_000)), /That was loud|Das war laut/],
    ['a distorted voice', () => speech('Can you hear me at all from here?').map((s) => Math.max(-32768, Math.min(32767, s * 8))), /distorted|verzerrt/],
  ])('says of %s what it is', async (_name, sound, expected) => {
    expect((await client.talk(sound())).text).toMatch(expected)
  })
})
