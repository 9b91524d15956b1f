import type { ToSoundRoom } from '../../../../shared/voice-port.ts'
import { isObject, stringOf } from '../../../realtime-server/wire.ts'
import { samplesOf, type Json } from '../../../realtime-server/index.ts'
import { decode, type Found } from '../coded-sound.ts'
import type { Talk } from '../talk.ts'

/** The same item may be off by so much between speaker and server, ms (audio/goals.md 9). */
const EXACT_MS = 10

/** Refusals for which both sides may be right: what they say crosses on the way (behaviour.md §13). */
const RACES: ReadonlySet<string> = new Set([
  'response_cancel_not_active',
  'conversation_already_has_active_response',
  'item_truncate_invalid_item_id',
  'item_delete_invalid_item_id',
  'input_audio_buffer_commit_empty',
])

/** One item of spoken answer, as the server sent it. */
interface SpokenItem {
  code: number
  connection: number
  response: string
  /** Sound given to the room, ms. */
  postedMs: number
  /** The server has sent all of it. */
  done: boolean
  /** It was not over when a cut was ordered, and its connection stood. */
  cut: boolean
  truncates: number[]
  deletes: number
}

/** Something that the person said aloud. */
export interface Utterance {
  code: number
  ms: number
  /** Something happened that may have lost it: a fault on the open line, a mute, a press that only interrupts. */
  mayBeLost: boolean
  /** The person changed their mind: at most heard in part. */
  unfinished: boolean
  commits: (Found & { item: string })[]
}

/**
 * What was really said and heard, kept by watching the wire from the server's side and the sound
 * room from outside, never by asking the session.
 */
export class Ledger {
  readonly items = new Map<string, SpokenItem>()
  readonly utterances = new Map<number, Utterance>()
  readonly typed: string[] = []
  /** What was typed last and wants an answer still: no server has been asked for one, and the person has not gone on. */
  unasked: string | null = null
  /** Outputs by connection and call id. */
  readonly outputs = new Map<string, number>()
  readonly calls = new Map<string, number>()
  /** What must never happen and did. */
  readonly violations: string[] = []
  readonly counts = { truncates: 0, deletes: 0, cuts: 0, responses: 0, commits: 0 }
  #dead = new Set<string>()
  #talk: Talk | null = null

  watch(talk: Talk): void {
    this.#talk = talk
  }

  /** What the server's observer sees. */
  observe(direction: 'sent' | 'received', event: Json, connection: number): void {
    const type = event['type']
    if (direction === 'received') this.#received(type, event, connection)
    else if (type === 'response.output_audio.delta') this.#delta(event, connection)
    else if (type === 'response.output_audio.done') this.#done(event)
    else if (type === 'response.created') this.counts.responses++
    else if (type === 'error' && isObject(event['error'])) this.#refused(event['error'])
    else if (type === 'response.function_call_arguments.done') this.calls.set(`${String(connection)} ${stringOf(event['call_id'])}`, connection)
  }

  /** A server that is asked for what it cannot do; what tests make it say names no event. */
  #refused(error: Json): void {
    const { code, message, event_id } = error
    if (event_id !== null && event_id !== undefined && !RACES.has(stringOf(code))) this.violations.push(`the server refused: ${stringOf(code)} ${stringOf(message)}`)
  }

  #done(event: Json): void {
    const item = this.items.get(stringOf(event['item_id']))
    if (item) item.done = true
  }

  #delta(event: Json, connection: number): void {
    const id = stringOf(event['item_id'])
    if (this.items.has(id)) return
    const [found] = decode(samplesOf(Buffer.from(stringOf(event['delta']), 'base64')))
    if (!found) throw new Error('the server sent sound that says nothing of itself')
    const item = { code: found.id, connection, response: stringOf(event['response_id']), postedMs: 0, done: false, cut: false, truncates: [], deletes: 0 }
    this.items.set(id, item)
  }

  #received(type: unknown, event: Json, connection: number): void {
    const item = this.items.get(stringOf(event['item_id']))
    if (type === 'conversation.item.truncate') {
      this.counts.truncates++
      if (item) item.truncates.push(Number(event['audio_end_ms']))
      else this.violations.push('truncated what has no sound')
    } else if (type === 'response.create') {
      this.unasked = null
    } else if (type === 'conversation.item.delete') {
      this.counts.deletes++
      if (item) item.deletes++
    } else if (type === 'conversation.item.create' && isObject(event['item']) && event['item']['type'] === 'function_call_output') {
      const call = `${String(connection)} ${stringOf(event['item']['call_id'])}`
      this.outputs.set(call, (this.outputs.get(call) ?? 0) + 1)
    }
  }

  /** What the session sends to the sound room. */
  posted(message: ToSoundRoom): void {
    if (message.type === 'audio') {
      if (this.#dead.has(message.response_id)) this.violations.push(`sound of a dead response: ${message.response_id}`)
      const item = this.items.get(message.item_id)
      if (item) item.postedMs += message.pcm.byteLength / 48
    } else if (message.type === 'flush') {
      this.counts.cuts++
      for (const id of message.response_ids) this.#dead.add(id)
      const talk = this.#talk
      if (!talk) return
      const newest = talk.server.connections.at(-1)
      for (const item of this.items.values()) {
        const over = item.done && talk.ear.heardMs(item.code) >= item.postedMs
        if (item.postedMs > 0 && !over && newest?.closed === null && newest.number === item.connection) item.cut = true
      }
    }
  }

  /** Takes the turns that the server has got since the last call. */
  takeCommits(): void {
    for (const connection of this.#talk?.server.connections ?? []) {
      for (const commit of connection.commits.splice(0)) {
        this.counts.commits++
        for (const found of decode(commit.pcm)) {
          const utterance = this.utterances.get(found.id)
          if (utterance) utterance.commits.push({ ...found, item: commit.item_id })
          else this.violations.push(`somebody unknown was heard: ${String(found.id)}`)
        }
      }
    }
  }

  /**
   * What is wrong now that nobody speaks and nothing is asked.
   * @param stable the connection has stood for a while
   */
  audit(stable: boolean): string[] {
    const talk = this.#talk
    if (!talk) return []
    this.takeCommits()
    const wrong = [...this.violations, ...talk.faults.map(String)]
    const newest = talk.server.connections.at(-1)
    const live = stable && newest?.closed === null ? newest.number : -1
    const entries = new Map(talk.entries.map((entry) => [entry.id, entry]))
    for (const [id, item] of this.items) this.#auditItem(id, item, live, entries.get(id)?.heard?.ms ?? null, wrong)
    this.#auditSpeech(new Set(talk.entries.flatMap(({ id, text }) => (text === '' ? [] : [id]))), wrong)
    this.#auditTyped(talk, wrong)
    for (const [call, count] of this.outputs) if (count > 1) wrong.push(`${call} was answered ${String(count)} times`)
    for (const [call, connection] of this.calls) if (connection === live && !this.outputs.has(call)) wrong.push(`${call} was never answered`)
    if (live >= 0) this.#auditServer(talk, wrong)
    return wrong
  }

  #auditItem(id: string, item: SpokenItem, live: number, shownMs: number | null, wrong: string[]): void {
    const talk = this.#talk
    const heard = talk?.ear.found.get(item.code)
    const heardMs = heard?.toMs ?? 0
    const say = (what: string): void => {
      wrong.push(`${id} (sound ${String(item.code)}, heard ${String(heardMs)} of ${String(item.postedMs)} ms): ${what}`)
    }
    if (heard && (heard.breaks > 0 || heard.fromMs > 6)) say(`not in one piece: ${JSON.stringify(heard)}`)
    if (item.truncates.length + item.deletes > 1) say(`told ${String(item.truncates.length)} + ${String(item.deletes)} times`)
    for (const end of item.truncates) {
      if (!Number.isInteger(end) || Math.abs(end - heardMs) > EXACT_MS || end > item.postedMs) say(`truncated at ${String(end)}`)
    }
    if (item.deletes > 0 && heardMs > EXACT_MS) say('deleted although it was heard')
    const whole = item.postedMs - heardMs <= EXACT_MS
    const told = item.truncates.length + item.deletes
    if (item.connection === live && item.cut && !whole && told === 0) say('cut, and the server was not told')
    if (!item.cut && whole && item.truncates.length > 0) say('heard whole, and truncated')
    if (heardMs > 0 && shownMs === null) say('heard, and not shown')
    if (shownMs !== null && Math.abs(shownMs - heardMs) > EXACT_MS) say(`shown as heard for ${String(shownMs)} ms`)
    if (item.connection === live) {
      const believed = talk?.server.connections.at(-1)?.soundMs(id) ?? null
      const remembered = talk?.server.connections.at(-1)?.items.some((one) => one['id'] === id) === true
      if (remembered && believed !== null && Math.abs(believed - heardMs) > EXACT_MS) say(`the server takes ${String(believed)} ms for heard`)
    }
  }

  /** @param understood items whose words the session was told: what a server has without having been able to say so is said again when the person wants it */
  #auditSpeech(understood: ReadonlySet<string>, wrong: string[]): void {
    for (const { code, ms, mayBeLost, unfinished, commits } of this.utterances.values()) {
      const what = `utterance ${String(code)} of ${String(ms)} ms: ${JSON.stringify(commits)}`
      if (commits.some(({ breaks }) => breaks > 0)) wrong.push(`${what}: not in one piece`)
      if (commits.length === 0 && !mayBeLost) wrong.push(`${what}: lost`)
      // A turn by hand may end in the midst of what the open line hears the rest of: each part once.
      const parts = commits.filter(({ item }) => understood.has(item)).toSorted((a, b) => a.fromMs - b.fromMs)
      if (parts.some(({ fromMs }, i) => fromMs < (parts[i - 1]?.toMs ?? 0) - EXACT_MS) && !mayBeLost) wrong.push(`${what}: sent more than once`)
      const [first] = commits
      if (first && !mayBeLost && !unfinished && (first.fromMs > 0 || first.toMs < ms)) wrong.push(`${what}: not whole`)
    }
  }

  #auditTyped(talk: Talk, wrong: string[]): void {
    const shown = talk.entries.filter((entry) => entry.role === 'user' && entry.text.startsWith('Typed ')).map((entry) => entry.text)
    if (this.unasked !== null) wrong.push(`nobody was asked for the answer to "${this.unasked}"`)
    if (JSON.stringify(shown) !== JSON.stringify(this.typed)) wrong.push(`typed ${this.typed.slice(-5).join(', ')}; shown ${shown.slice(-5).join(', ')}`)
  }

  /** The server's history is the conversation, in order; what is missing there was not heard or has no words. */
  #auditServer(talk: Talk, wrong: string[]): void {
    const { connection } = talk.server
    const there = connection.items.filter((item) => item['type'] === 'message' && item['role'] !== 'system').map((item) => stringOf(item['id']))
    const here = talk.entries.filter((entry) => entry.kind === 'message')
    let at = 0
    for (const entry of here) {
      if (entry.id === there[at]) {
        const told = textOf(connection.items.find((item) => item['id'] === entry.id))
        const heard = entry.heard ? entry.text.slice(0, entry.heard.chars).trim() : null
        if (entry.role === 'assistant' && told !== null && told !== heard) wrong.push(`connection ${String(connection.number)} was told "${told}" of ${entry.id}, heard was "${String(heard)}"`)
        at++
      } else {
        const silent = entry.text === '' || (entry.role === 'assistant' && (entry.heard?.chars ?? 0) === 0)
        if (!silent) {
          const sent = this.items.get(entry.id)?.connection
          wrong.push(`connection ${String(connection.number)} does not know ${entry.id} "${entry.text}" (${String(sent)}) ${JSON.stringify(entry.heard)}; it has ${there.slice(-4).join(', ')}`)
        }
      }
    }
    if (at < there.length) {
      wrong.push(`the server remembers ${there.slice(at).join(', ')}; shown ${here.slice(-6).map(({ id, text }) => `${id} "${text}"`).join(', ')}`)
    }
  }
}

/** What an item says in text; null: it says nothing, or by sound. */
function textOf(item: Json | undefined): string | null {
  const [part] = Array.isArray(item?.['content']) ? item['content'].filter(isObject) : []
  return part?.['type'] === 'output_text' ? stringOf(part['text']) : null
}
