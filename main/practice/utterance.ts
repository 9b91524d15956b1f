import { msToFrames } from '../../shared/audio/pcm16.ts'
import type { ClipId, ClipLibrary, PracticeLanguage } from './clips.ts'

/**
 * What the partner says, put together from clips, and what of it is where: text and sound come
 * from the same parts, so they cannot differ.
 */
export type Part =
  | { clip: ClipId }
  /** A time in tenths of a second, e.g. 24 → “2.4”. */
  | { tenths: number }
  /** A whole number ≥ 0; `end` ends the sentence. */
  | { whole: number; end?: boolean }
  /** A time of day. */
  | { clock: { hours: number; minutes: number } }
  /** Counts from 1 to this, slowly enough to be cut off. */
  | { count: number }
  /** Sound that is not a clip, 24 kHz: the person's own voice, played as it came. */
  | { voice: Int16Array }

/** One stretch of sound with its text. */
export interface Piece {
  /** With the space before it that it needs. */
  text: string
  /** Where it begins, samples. */
  start: number
  samples: number
  /** The number said, in a count; else null. */
  counted: number | null
}

/** Silence behind a word inside a sentence, behind a sentence, and between the numbers of a count; ms. */
const GAP = { word: 10, sentence: 260, count: 420 }

/** Says which clips make up a whole number. Above 999 it is read digit by digit. */
export function numberClips(value: number, language: PracticeLanguage): ClipId[] {
  const id = (n: number): ClipId => `n${String(n)}` as ClipId
  if (value > 999) return [...String(value)].map((digit) => id(Number(digit)))
  if (value >= 100) {
    const hundreds = Math.floor(value / 100)
    const rest = value % 100
    return [hundreds === 1 && language === 'de' ? 'n1_and' : id(hundreds), 'hundred', ...(rest === 0 ? [] : numberClips(rest, language))]
  }
  if (value < 20 || value % 10 === 0) return [id(value)]
  const tens = id(value - (value % 10))
  const unit = value % 10
  return language === 'de' ? [unit === 1 ? 'n1_and' : id(unit), 'and', tens] : [tens, id(unit)]
}

/** The last number of a count that was heard for more than half, when `heardMs` of all were heard; null: none. */
export function lastCounted(pieces: readonly Piece[], heardMs: number): number | null {
  const heard = msToFrames(heardMs)
  return pieces.findLast((p) => p.counted !== null && p.start + p.samples / 2 < heard)?.counted ?? null
}

/** An answer, ready to be sent in slices. Sound is decoded only when it is asked for. */
export class Utterance {
  readonly pieces: readonly Piece[]
  /** Length at 24 kHz. */
  readonly samples: number
  readonly text: string
  readonly #sounds: readonly (() => Int16Array)[]
  /** The sound decoded last: slices come in order, so one is enough. */
  #decoded: { index: number; pcm: Int16Array } | null = null

  constructor(pieces: readonly Piece[], sounds: readonly (() => Int16Array)[], samples: number) {
    this.pieces = pieces
    this.samples = samples
    this.text = pieces.map((p) => p.text).join('')
    this.#sounds = sounds
  }

  /** PCM16 samples from `from` (inclusive) to `to` (exclusive, cut at the end). */
  slice(from: number, to: number): Int16Array {
    const out = new Int16Array(Math.max(0, Math.min(to, this.samples) - from))
    for (const [index, piece] of this.pieces.entries()) {
      const first = Math.max(from, piece.start)
      const last = Math.min(to, piece.start + piece.samples)
      if (first >= last) continue
      if (this.#decoded?.index !== index) this.#decoded = { index, pcm: this.#sounds[index]?.() ?? new Int16Array() }
      out.set(this.#decoded.pcm.subarray(first - piece.start, last - piece.start), first - from)
    }
    return out
  }

  /**
   * The text in pieces of a word each, with the sample at which it begins. There are no word
   * times: a piece's words share its time by their length.
   */
  words(): { text: string; start: number }[] {
    return this.pieces.flatMap((piece) => {
      let at = 0
      return (piece.text.match(/\s*\S+/g) ?? []).map((text) => {
        const start = piece.start + Math.floor((piece.samples * at) / piece.text.length)
        at += text.length
        return { text, start }
      })
    })
  }
}

interface Draft {
  text: string
  samples: number
  pcm: () => Int16Array
  counted: number | null
  /** ms */
  gap: number
  /** True: no space before it. */
  joined: boolean
}

/** Puts parts together. `decimal` sign and word order follow `language`. */
export function compose(parts: readonly Part[], library: ClipLibrary, language: PracticeLanguage): Utterance {
  const drafts: Draft[] = []
  const clip = (id: ClipId, change: Partial<Draft> = {}): void => {
    const { text, samples, pcm } = library[id]
    drafts.push({ text, samples, pcm, counted: null, gap: /[.?]$/.test(text) && id !== 'point' ? GAP.sentence : GAP.word, joined: false, ...change })
  }
  /** One text over several clips: it stands with the first of them. */
  const number = (text: string, ids: readonly ClipId[], change: Partial<Draft> = {}): void => {
    ids.forEach((id, i) => {
      clip(id, { gap: GAP.word, ...(i === ids.length - 1 ? change : {}), text: i === 0 ? text : '', joined: i > 0 })
    })
  }
  for (const part of parts) {
    if ('clip' in part) clip(part.clip)
    else if ('tenths' in part) {
      const whole = Math.floor(part.tenths / 10)
      number(`${String(whole)}${library.point.text}${String(part.tenths % 10)}`, [
        ...numberClips(whole, language),
        'point',
        ...numberClips(part.tenths % 10, language),
      ])
    } else if ('whole' in part) {
      number(`${String(part.whole)}${part.end === true ? '.' : ''}`, numberClips(part.whole, language), part.end === true ? { gap: GAP.sentence } : {})
    } else if ('clock' in part) clock(part.clock)
    else if ('count' in part) {
      for (let n = 1; n <= part.count; n++) {
        number(`${String(n)}${n === part.count ? '.' : ','}`, numberClips(n, language), { gap: GAP.count })
        const last = drafts.findLast((d) => d.text !== '')
        if (last !== undefined) last.counted = n
      }
    } else {
      const seconds = (Math.round(part.voice.length / 2400) / 10).toFixed(1).replace('.', library.point.text)
      drafts.push({
        text: language === 'de' ? `(deine Stimme, ${seconds} Sekunden)` : `(your voice, ${seconds} seconds)`,
        samples: part.voice.length,
        pcm: () => part.voice,
        counted: null,
        gap: GAP.sentence,
        joined: false,
      })
    }
  }
  return lay(drafts)

  function clock({ hours, minutes }: { hours: number; minutes: number }): void {
    const spoken = minutes < 10 ? (['n0', ...numberClips(minutes, language)] as ClipId[]) : numberClips(minutes, language)
    if (language === 'de') {
      number(String(hours), hours === 1 ? ['n1_and'] : numberClips(hours, language))
      clip('oclock', minutes === 0 ? { text: `${library.oclock.text}.`, gap: GAP.sentence } : {})
      if (minutes > 0) number(`${String(minutes)}.`, numberClips(minutes, language), { gap: GAP.sentence })
    } else if (minutes === 0) {
      number(String(hours), numberClips(hours, language))
      clip('oclock', { text: `${library.oclock.text}.`, gap: GAP.sentence })
    } else {
      number(`${String(hours)}:${String(minutes).padStart(2, '0')}.`, [...numberClips(hours, language), ...spoken], { gap: GAP.sentence })
    }
  }
}

function lay(drafts: readonly Draft[]): Utterance {
  const pieces: Piece[] = []
  let at = 0
  for (const [i, draft] of drafts.entries()) {
    const text = draft.joined || i === 0 || draft.text === '' ? draft.text : ` ${draft.text}`
    pieces.push({ text, start: at, samples: draft.samples, counted: draft.counted })
    at += draft.samples + (i === drafts.length - 1 ? 0 : msToFrames(draft.gap))
  }
  return new Utterance(pieces, drafts.map((d) => d.pcm), at)
}
