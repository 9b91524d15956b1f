import { defineTool } from '../../../../main/voice/tools/tool.ts'
import { z } from '../../../../shared/zod.ts'
import type { Answer, Hearing, Json, RealtimeServerOptions } from '../../../realtime-server/index.ts'
import { codedSound } from '../coded-sound.ts'
import { Talk } from '../talk.ts'
import { Ledger, type Utterance } from './ledger.ts'
import { Chance } from './random.ts'

/** Errors that a client must take without a word (behaviour.md §13). */
const HARMLESS = ['response_cancel_not_active', 'item_truncate_invalid_item_id', 'item_delete_invalid_item_id', 'unsupported_content_type']
/** Close codes after which a conversation comes back by itself. */
const PASSING = [1001, 1005, 1011, 1012, 1013]
/** Close codes after which the person is asked. */
const FINAL = [1000, 1008, 4000]

const TOOLS = [
  defineTool({ name: 'note', description: 'Notes something.', args: z.object({}), run: () => Promise.resolve('noted') }),
  defineTool({
    name: 'look',
    description: 'Takes a while.',
    args: z.object({}),
    run: () => new Promise((resolve) => setTimeout(() => resolve('seen'), 1500)),
  }),
]

/** Ways of cutting in, and when. */
const MOMENTS = ['before it is created', 'at the first sound', 'in the middle', 'when all is generated'] as const

/**
 * One random person with one random server: talks for a number of turns in every way there is,
 * cuts in at any moment, and is hit by every fault. All of it follows from the seed.
 */
export class Person {
  readonly ledger = new Ledger()
  /** What was done, for the report of a failure. */
  readonly diary: string[] = []
  readonly faults = new Map<string, number>()
  readonly #chance: Chance
  #talk: Talk | null = null
  #codes = 0
  #answers = 0
  #typed = 0
  #turns = 0
  /** The current connection was hit, or is new. */
  #shaken = false
  #down = false
  /** So many upgrades to come are refused. */
  #refusals = 0

  constructor(seed: number) {
    this.#chance = new Chance(seed)
    // The jitter of new attempts, and ids, follow from the seed too.
    const other = new Chance(seed + 1)
    Math.random = () => other.next()
  }

  get #t(): Talk {
    if (!this.#talk) throw new Error('nobody talks yet')
    return this.#talk
  }

  /** Talks for so many turns. @returns the talk, which has not ended */
  async begin(): Promise<Talk> {
    const talk = await Talk.begin({
      server: this.#script(),
      tools: TOOLS,
      onPost: (message) => {
        this.ledger.posted(message)
      },
    })
    this.#talk = talk
    this.ledger.watch(talk)
    talk.session.start()
    await talk.until('ready')
    return talk
  }

  /** One turn with everything around it; what is wrong after it. */
  async turn(): Promise<string[]> {
    const { int, is } = bound(this.#chance)
    const talk = this.#t
    this.#turns++
    this.#shaken = false
    // Due for renewal within the minute.
    talk.server.options.session = { expires_at: Math.floor(Date.now() / 1000) + 600 + int(15, 60) }
    if (is(0.06)) this.#switchMode()
    let waiting = is(0.25)
    if (waiting) {
      void this.#faultIn(int(0, 2500)).finally(() => {
        waiting = false
      })
    }
    await this.#speak()
    if (is(0.4)) await this.#cutIn()
    if (is(0.04)) await this.#sleep()
    if (is(0.04)) await this.#mute()
    while (waiting) await talk.pass(50)
    await this.#settle()
    return this.ledger.audit(!this.#shaken)
  }

  // ── what the person does ──────────────────────────────────────────────────────────────────

  #note(what: string): void {
    this.diary.push(`turn ${String(this.#turns)} at ${this.#t.room.now.toFixed(0)} ms: ${what}`)
    if (this.diary.length > 100) this.diary.shift()
  }

  #say(ms: number, inMs: number): Utterance {
    const code = ++this.#codes
    const utterance = { code, ms, mayBeLost: false, unfinished: false, commits: [] }
    this.ledger.utterances.set(code, utterance)
    this.ledger.unasked = null
    this.#t.say(code, ms, inMs)
    return utterance
  }

  async #speak(): Promise<void> {
    const { int, is } = bound(this.#chance)
    const talk = this.#t
    if (is(0.25)) {
      this.#type()
      return
    }
    const ms = int(200, 1500)
    if (talk.mode === 'open_line' && is(0.85)) {
      this.#note(`says ${String(this.#codes + 1)} on the open line, ${String(ms)} ms`)
      const utterance = this.#say(ms, 0)
      // A server that is being reached hears nothing, and a short sound may be none to it.
      utterance.mayBeLost = talk.status.state !== 'ready' || talk.status.microphone !== 'live'
      utterance.unfinished = true
      await talk.pass(ms + 350)
      utterance.mayBeLost ||= this.#shaken
      return
    }
    await this.#press(ms)
  }

  /** A turn by hand. */
  async #press(ms: number): Promise<void> {
    const { int, is } = bound(this.#chance)
    const talk = this.#t
    const speaking = talk.status.state === 'speaking'
    this.#note(`presses and says ${String(this.#codes + 1)}, ${String(ms)} ms, while ${talk.status.state}, ${talk.status.microphone}`)
    talk.session.press()
    const cold = talk.status.microphone !== 'live' && talk.status.microphone !== 'armed'
    const utterance = this.#say(ms, cold ? 60 : int(20, 60))
    if (talk.status.microphone === 'muted') utterance.mayBeLost = true
    if (speaking && is(0.2)) {
      // Only an interruption.
      utterance.mayBeLost = true
      await talk.pass(int(10, 150))
      this.#letGo()
      await talk.pass(ms)
      return
    }
    const states = talk.words.length
    await talk.pass(200)
    // Who sees that it failed before a word was said has not been heard.
    if (talk.words.slice(states).includes('failed')) utterance.mayBeLost = true
    await talk.pass(Math.max(0, ms - 120))
    this.#letGo()
    await talk.pass(260)
    // Who is cut off by a failure in mid-sentence is offered what was heard so far.
    if (talk.words.slice(states).includes('failed')) utterance.unfinished = true
  }

  /** Ends the turn as the mode wants it; who sees that it has ended already does nothing. */
  #letGo(): void {
    const { session, mode, status } = this.#t
    if (mode !== 'tap') session.release()
    else if (status.state === 'listening') session.press()
  }

  #type(): void {
    const text = `Typed ${String(++this.#typed)}`
    this.#note(`types "${text}" while ${this.#t.status.state}`)
    const connection = this.#t.server.connections.at(-1)
    if (connection?.closed === null && this.#chance.is(0.1)) {
      this.#note('fault: half open, just before')
      this.#shake('half open')
      connection.fallSilent()
    }
    if (!this.#t.session.sendText(text)) return
    this.ledger.typed.push(text)
    this.ledger.unasked = text
  }

  async #cutIn(): Promise<void> {
    const { int, pick } = bound(this.#chance)
    const talk = this.#t
    const moment = pick(MOMENTS)
    const begun = talk.server.activity
    const answering = (): boolean => talk.status.state === 'speaking'
    if (moment === 'before it is created') await talk.pass(int(0, 6) * 5)
    else {
      await this.#upTo(6000, () => answering() || (moment === 'at the first sound' && talk.server.activity > begun + 8))
      if (moment === 'in the middle') await talk.pass(int(5, 1200))
      if (moment === 'when all is generated') await this.#upTo(4000, () => !talk.server.connections.some((connection) => connection.answering))
    }
    const how = pick(['press', 'type', 'stop', 'voice', 'twice'] as const)
    this.#note(`cuts in (${how}) ${moment}, while ${talk.status.state}`)
    if (how === 'type') this.#type()
    else if (how === 'stop') this.#stop()
    else if (how === 'twice') {
      this.#stop()
      await talk.pass(int(0, 4) * 5)
      this.#type()
      this.#stop()
    } else if (how === 'voice' && talk.mode === 'open_line') {
      const utterance = this.#say(500, 0)
      utterance.unfinished = true
      utterance.mayBeLost = talk.status.microphone !== 'live' || talk.status.connecting
      await talk.pass(900)
      utterance.mayBeLost ||= this.#shaken
    } else await this.#press(int(300, 900))
  }

  #stop(): void {
    this.#t.session.stopAnswer()
    this.ledger.unasked = null
  }

  async #upTo(ms: number, there: () => boolean): Promise<void> {
    for (let left = ms; left > 0 && !there(); left -= 5) await this.#t.pass(5)
  }

  async #sleep(): Promise<void> {
    const { int } = bound(this.#chance)
    this.#note('the computer sleeps')
    this.#shake('sleep')
    this.#t.session.suspend()
    this.ledger.unasked = null
    await this.#t.pass(200)
    await this.#t.skip(int(1, 200) * 1000)
    this.#t.session.resume()
    await this.#t.pass(int(100, 1500))
  }

  async #mute(): Promise<void> {
    const { int } = bound(this.#chance)
    this.#note('mutes')
    this.#t.session.muteMicrophone(true)
    await this.#t.pass(int(100, 800))
    this.#t.session.muteMicrophone(false)
    await this.#t.pass(100)
  }

  #switchMode(): void {
    this.#t.mode = this.#chance.pick(['hold', 'tap', 'open_line'])
    this.#note(`switches to ${this.#t.mode}`)
    this.#t.session.settingsChanged({ microphone: false, speaker: false, turnMode: true })
  }

  /** Waits until all is well again and nobody speaks; helps as a person would. */
  async #settle(): Promise<void> {
    const talk = this.#t
    for (let quiet = 0, waited = 0; quiet < 700; waited += 50) {
      if (waited > 240_000) throw new Error(`it does not come to rest: ${JSON.stringify(talk.status)}`)
      const { status } = talk
      const really = JSON.stringify(talk.session.status)
      if (really !== JSON.stringify(status)) throw new Error(`what is shown is not what is: ${JSON.stringify(status)}; ${really}`)
      if (!status.active && (status.state === 'failed' || status.state === 'idle')) {
        this.#note(`begins again after ${status.failure?.code ?? 'nothing'}`)
        talk.session.start()
        this.ledger.unasked = null
        // Who was cut off by a failure in mid-sentence is offered what was heard so far.
        for (const utterance of this.ledger.utterances.values()) if (utterance.commits.length === 0) utterance.unfinished = true
      }
      if (status.heldTurnMs !== null && status.state === 'ready') {
        this.#note(`sends what was held, ${String(status.heldTurnMs)} ms`)
        talk.session.retryHeldTurn()
      }
      const busy = talk.server.connections.some((connection) => connection.answering && connection.closed === null)
      if (this.#down || status.state === 'reconnecting' || status.state === 'connecting') {
        // What was cut off just now has to fall silent, and what plays on has to play, before time passes without sound.
        await talk.pass(50)
        if (talk.loudness === 0) await talk.skip(100, 50)
        quiet = 0
      } else if (talk.server.connections.at(-1)?.silent === true) {
        // Nobody has noticed yet; what was cut off just now has to fall silent before time passes without sound.
        await talk.pass(50)
        await talk.skip(5000)
        quiet = 0
      } else {
        await talk.pass(50)
        quiet = status.state === 'ready' && !busy ? quiet + 50 : 0
      }
    }
    talk.room.posted.length = 0
    this.ledger.takeCommits()
    const { connections } = talk.server
    for (const old of connections.slice(0, -1)) {
      // Whether one stays open is seen at the end; a half open one cannot notice its end.
      if (old.silent) old.drop()
      if (old.closed !== null || old.silent) connections.splice(connections.indexOf(old), 1)
    }
  }

  // ── what the server does ──────────────────────────────────────────────────────────────────

  #script(): RealtimeServerOptions {
    return {
      forgetful: true,
      observe: (direction, event, connection) => {
        this.ledger.observe(direction, event, connection)
      },
      answer: () => this.#answer(),
      hearing: (): Hearing => this.#hearing(),
      tamper: (event) => this.#tamper(event),
      upgrade: () => {
        this.#refusals--
        return this.#refusals < 0 ? { kind: 'accept' } : { kind: 'status', status: this.#chance.pick([429, 500, 503]) }
      },
      rateLimits: true,
      cancelledWithoutUsage: true,
    }
  }

  #sound(): { pcm: Int16Array; text: string } {
    const code = ++this.#answers
    return { pcm: codedSound(code, this.#chance.int(3, 25) * 100), text: `Answer ${String(code)} is this.` }
  }

  #answer(): Answer {
    const { int, is, pick } = bound(this.#chance)
    const answer: Answer = { ...this.#sound(), speed: pick([2, 5, 20, 'burst' as const]), chunkMs: pick([50, 100, 200]) }
    if (is(0.12)) return this.#strange('function', { functionCall: { name: pick(['note', 'look', 'unknown']), arguments: pick(['{}', '{}', '{', '']) }, ...(is(0.4) ? answer : {}) })
    if (is(0.1)) this.#strange('several items', Object.assign(answer, { further: [this.#sound()] }))
    if (is(0.1)) this.#strange('late', Object.assign(answer, { delayMs: int(50, 800) }))
    if (is(0.1)) this.#strange('stall', Object.assign(answer, { stalls: [{ afterMs: int(100, 400), forMs: int(100, 900) }] }))
    if (is(0.05)) this.#strange('without created', Object.assign(answer, { withoutCreated: true }))
    if (is(0.1)) answer.addedFirst = true
    if (is(0.05)) this.#strange('incomplete', Object.assign(answer, { outcome: { status: 'incomplete', reason: pick(['max_output_tokens', 'content_filter']) } }))
    if (is(0.04)) return this.#strange('failed', { outcome: { status: 'failed', code: pick(['rate_limit_exceeded', 'server_error']), ...(is(0.3) ? { details: 'odd' } : {}) } })
    if (is(0.05)) {
      const afterMs = int(50, 600)
      this.#shake('broken off')
      answer.break = pick([{ afterMs, how: 'drop' }, { afterMs, how: 'close', code: pick(PASSING) }] as const)
    }
    return answer
  }

  #strange(what: string, answer: Answer): Answer {
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1)
    return answer
  }

  #hearing(): Hearing {
    const { int, is, pick } = bound(this.#chance)
    const hearing: Hearing = { text: pick(['What is it?', 'I see.', 'Tell me more.', '']), when: pick(['before', 'during', 'after']), delayMs: is(0.3) ? int(0, 3000) : 0 }
    return is(0.05) ? { ...hearing, failed: { code: 'server_error' } } : hearing
  }

  #tamper(event: Json): Json[] {
    const type = String(event['type'])
    const twice = ['conversation.item.added', 'conversation.item.done', 'response.output_audio.done', 'response.output_item.done', 'response.done', 'rate_limits.updated']
    if (twice.includes(type) && this.#chance.is(0.01)) {
      this.#strange('doubled event', {})
      return [event, event]
    }
    return [event]
  }

  #shake(what: string): void {
    this.#shaken = true
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1)
    for (const utterance of this.ledger.utterances.values()) {
      // Never stale speech on the open line: what was being said there may go.
      if (utterance.commits.length === 0 && utterance.unfinished) utterance.mayBeLost = true
    }
  }

  /** A fault of the network or the server, some time into the turn. */
  async #faultIn(ms: number): Promise<void> {
    const { int, pick } = bound(this.#chance)
    const how = pick(['drop', 'close', 'final', 'down', 'half open', 'harmless', 'unknown', 'broken frame', 'refused', 'slow', 'expired', 'no session'] as const)
    await new Promise<void>((resolve) => setTimeout(resolve, ms))
    const talk = this.#t
    const connection = talk.server.connections.at(-1)
    if (connection?.closed !== null) return
    this.#note(`fault: ${how}, while ${talk.status.state}`)
    if (how === 'harmless' || how === 'unknown' || how === 'broken frame') this.#strange(how, {})
    else this.#shake(how)
    if (how === 'harmless') connection.sendError(pick(HARMLESS))
    else if (how === 'unknown') connection.sendUnknown()
    else if (how === 'broken frame') connection.sendRaw('{"type":')
    else if (how === 'drop') connection.drop()
    else if (how === 'close') connection.close(pick(PASSING))
    else if (how === 'final') connection.close(pick(FINAL))
    else if (how === 'half open') connection.fallSilent()
    else if (how === 'expired') {
      connection.sendError('session_expired')
      connection.close(1001, 'Your session hit the maximum duration of 60 minutes.')
    } else if (how === 'down') void this.#restart(int(200, 4000))
    else {
      if (how === 'refused') this.#refusals = int(1, 2)
      if (how === 'slow') talk.server.options.updated = { delayMs: int(200, 3000) }
      if (how === 'no session') talk.server.options.updated = 'never'
      connection.drop()
      await new Promise<void>((resolve) => setTimeout(resolve, 4000))
      delete talk.server.options.updated
    }
  }

  async #restart(ms: number): Promise<void> {
    const { server } = this.#t
    const { port } = server
    this.#down = true
    await server.goDown()
    await new Promise<void>((resolve) => setTimeout(resolve, ms))
    await server.listen(port)
    this.#down = false
  }
}

function bound(chance: Chance): { int: Chance['int']; is: Chance['is']; pick: Chance['pick'] } {
  return { int: (from, to) => chance.int(from, to), is: (probability) => chance.is(probability), pick: (list) => chance.pick(list) }
}
