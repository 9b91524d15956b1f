/** How a press of the talk key is meant: held while speaking, tapped to begin and again to end, or whichever it turns out to be. */
export type TalkStyle = 'hold' | 'tap' | 'automatic'

/** What {@link step} goes by; times in ms. */
export interface HoldOrTapConfig {
  style: TalkStyle
  /** `automatic`: held at least this long it was a hold, shorter a tap. */
  tapBelowMs: number
  /** The talk key is a modifier alone: it also serves for shortcuts, and those must not be taken for talking. */
  modifierAlone: boolean
  /** A modifier alone counts as a press only after this long without another key (or when it comes up sooner). */
  settleMs: number
  /** Another key this soon after a modifier alone shows that it was a shortcut. Later, what was said is worth more than the doubt. */
  otherWithinMs: number
  /** A key held this long without any sign of life (auto-repeat) has come up unseen. */
  silentMs: number
  /** A tapped turn ends after this long even without the second tap: nobody pays for a forgotten one. */
  latchedMaxMs: number
  /** Without key-up, presses closer together than this are the auto-repeat of one. */
  retapMs: number
  /** A key seen going down this soon after the beginning was held before it. */
  startGuardMs: number
  /** `automatic`: a tap shorter than this while Parley speaks only interrupts (design §4). */
  interruptOnlyMs: number
}

export const HOLD_OR_TAP_DEFAULTS: HoldOrTapConfig = {
  style: 'hold',
  tapBelowMs: 400,
  modifierAlone: false,
  settleMs: 120,
  otherWithinMs: 2000,
  silentMs: 30_000,
  latchedMaxMs: 300_000,
  retapMs: 700,
  startGuardMs: 700,
  interruptOnlyMs: 250,
}

/**
 * Where the talk key is. A turn is open in `held`, `latched` and `ending`, and in no other phase.
 * Times are ms on the caller's clock.
 */
export type HoldOrTapState =
  /** Just begun: whatever is down now was down before. */
  | { phase: 'starting'; until: number }
  /** `tapAt`: when a press without key-up was last seen. */
  | { phase: 'idle'; tapAt: number }
  /** The key is down and means nothing until it comes up. */
  | { phase: 'ignoring'; sign: number }
  /** A modifier alone went down; still open whether it becomes a shortcut. */
  | { phase: 'settling'; since: number; interrupting: boolean }
  /** Down, and the turn runs. `sign`: last sign that it is still down. */
  | { phase: 'held'; since: number; sign: number; interrupting: boolean }
  /** The turn runs without the key. `keyDown`: it has yet to come up before it can end the turn. */
  | { phase: 'latched'; since: number; tapAt: number; keyDown: boolean }
  /** A modifier alone went down to end a tapped turn; still open whether it becomes a shortcut. */
  | { phase: 'ending'; since: number; turnSince: number; tapAt: number }
  /** The key means nothing at all: lock screen, sleep, a key being chosen. */
  | { phase: 'paused' }

export type HoldOrTapEvent =
  /** The key went down, or repeats. `interrupting`: Parley speaks at this moment. */
  | { type: 'down'; at: number; interrupting: boolean }
  | { type: 'up'; at: number }
  /** Another key or a mouse button. */
  | { type: 'other'; at: number }
  /** A press from a source that never says when the key comes up; auto-repeat included. */
  | { type: 'tap'; at: number }
  /** The key that is down will not be seen coming up. */
  | { type: 'unreleasable'; at: number }
  /** The commands of the same names. */
  | { type: 'talk' | 'stop' | 'toggle'; at: number }
  | { type: 'pause' | 'resume'; at: number }
  /** The turn was ended by something else: the window, the session itself. */
  | { type: 'turn_over'; at: number }
  /** Time has passed; see {@link deadlineOf}. */
  | { type: 'time'; at: number }

/** What the voice session is told. A `press` is always followed by exactly one `release` or `cancel` before the next. */
export type HoldOrTapEffect = 'press' | 'release' | 'cancel'

export interface HoldOrTapStep {
  state: HoldOrTapState
  effects: readonly HoldOrTapEffect[]
}

const NEVER = -Infinity
const REST: HoldOrTapState = { phase: 'idle', tapAt: NEVER }

/** The state at the beginning. */
export function startOfHoldOrTap(at: number, config: HoldOrTapConfig): HoldOrTapState {
  return { phase: 'starting', until: at + config.startGuardMs }
}

/** Whether a turn begun by the key is open. */
export function turnIsOpen(state: HoldOrTapState): boolean {
  return state.phase === 'held' || state.phase === 'latched' || state.phase === 'ending'
}

/** When time alone changes the state, ms on the same clock; null: never. Then send `time`. */
export function deadlineOf(state: HoldOrTapState, config: HoldOrTapConfig): number | null {
  switch (state.phase) {
    case 'starting':
      return state.until
    case 'settling':
    case 'ending':
      return state.since + config.settleMs
    case 'held':
    case 'ignoring':
      return state.sign + config.silentMs
    case 'latched':
      return state.since + config.latchedMaxMs
    case 'idle':
    case 'paused':
      return null
  }
}

/** One step of the talk key's state machine (design §4). Pure: the same input gives the same output. */
export function step(from: HoldOrTapState, event: HoldOrTapEvent, config: HoldOrTapConfig): HoldOrTapStep {
  const effects: HoldOrTapEffect[] = []
  let state = from
  // A timer may be late; what was due before the event comes before it.
  for (let due = deadlineOf(state, config); due !== null && due <= event.at; due = deadlineOf(state, config)) {
    const late = elapsed(state, due)
    effects.push(...late.effects)
    state = late.state
  }
  const now = handle(state, event, config)
  return { state: now.state, effects: [...effects, ...now.effects] }
}

const to = (state: HoldOrTapState, ...effects: HoldOrTapEffect[]): HoldOrTapStep => ({ state, effects })

/** The deadline of this state has come. */
function elapsed(state: HoldOrTapState, at: number): HoldOrTapStep {
  switch (state.phase) {
    case 'settling':
      return to({ phase: 'held', since: state.since, sign: at, interrupting: state.interrupting }, 'press')
    case 'ending':
      return to({ phase: 'ignoring', sign: at }, 'release')
    case 'held':
    case 'latched':
      return to(REST, 'release')
    case 'starting':
    case 'ignoring':
    case 'idle':
    case 'paused':
      return to(REST)
  }
}

function handle(state: HoldOrTapState, event: HoldOrTapEvent, config: HoldOrTapConfig): HoldOrTapStep {
  if (state.phase === 'paused') return event.type === 'resume' ? to(startOfHoldOrTap(event.at, config)) : to(state)
  switch (event.type) {
    case 'down':
      return down(state, event, config)
    case 'up':
      return up(state, event.at, config)
    case 'other':
      return other(state, event.at, config)
    case 'tap':
      return tap(state, event.at, config)
    case 'unreleasable':
      return state.phase === 'held' ? to({ phase: 'latched', since: state.since, tapAt: event.at, keyDown: false }) : to(state)
    case 'talk':
      return turnIsOpen(state) ? to(state) : begin(state, event.at)
    case 'stop':
      return turnIsOpen(state) ? finish(state, event.at) : to(state)
    case 'toggle':
      return turnIsOpen(state) ? finish(state, event.at) : begin(state, event.at)
    case 'pause':
      return turnIsOpen(state) ? to({ phase: 'paused' }, 'cancel') : to({ phase: 'paused' })
    case 'turn_over':
      return turnOver(state, event.at)
    case 'resume':
    case 'time':
      return to(state)
  }
}

type Running = Exclude<HoldOrTapState, { phase: 'paused' }>

function down(state: Running, event: { at: number; interrupting: boolean }, config: HoldOrTapConfig): HoldOrTapStep {
  const { at, interrupting } = event
  switch (state.phase) {
    case 'idle':
      if (config.modifierAlone) return to({ phase: 'settling', since: at, interrupting })
      return to({ phase: 'held', since: at, sign: at, interrupting }, 'press')
    case 'latched':
      if (state.keyDown) return to(state)
      if (config.modifierAlone) return to({ phase: 'ending', since: at, turnSince: state.since, tapAt: state.tapAt })
      return to({ phase: 'ignoring', sign: at }, 'release')
    case 'held':
    case 'ignoring':
      return to({ ...state, sign: at })
    case 'starting':
      return to({ phase: 'ignoring', sign: at })
    case 'settling':
    case 'ending':
      return to(state)
  }
}

function up(state: Running, at: number, config: HoldOrTapConfig): HoldOrTapStep {
  switch (state.phase) {
    case 'settling': {
      const released = letGo({ phase: 'held', since: state.since, sign: at, interrupting: state.interrupting }, at, config)
      return to(released.state, 'press', ...released.effects)
    }
    case 'held':
      return letGo(state, at, config)
    case 'ending':
      return to(REST, 'release')
    case 'latched':
      return to({ ...state, keyDown: false })
    case 'ignoring':
      return to(REST)
    case 'starting':
    case 'idle':
      return to(state)
  }
}

/** The held key came up: the end of a hold, or the first half of a tap. */
function letGo(state: Extract<HoldOrTapState, { phase: 'held' }>, at: number, config: HoldOrTapConfig): HoldOrTapStep {
  const heldMs = at - state.since
  const tapped =
    config.style === 'tap' ||
    (config.style === 'automatic' && heldMs < config.tapBelowMs && !(state.interrupting && heldMs < config.interruptOnlyMs))
  return tapped ? to({ phase: 'latched', since: state.since, tapAt: NEVER, keyDown: false }) : to(REST, 'release')
}

function other(state: Running, at: number, config: HoldOrTapConfig): HoldOrTapStep {
  if (!config.modifierAlone) return to(state)
  if (state.phase === 'settling') return to({ phase: 'ignoring', sign: at })
  if (state.phase === 'ending') return to({ phase: 'latched', since: state.turnSince, tapAt: state.tapAt, keyDown: true })
  if (state.phase === 'held' && at - state.since < config.otherWithinMs) return to({ phase: 'ignoring', sign: at }, 'cancel')
  return to(state)
}

function tap(state: Running, at: number, config: HoldOrTapConfig): HoldOrTapStep {
  switch (state.phase) {
    case 'starting':
      return to({ phase: 'starting', until: Math.max(state.until, at + config.retapMs) })
    case 'idle':
      if (at - state.tapAt < config.retapMs) return to({ phase: 'idle', tapAt: at })
      return to({ phase: 'latched', since: at, tapAt: at, keyDown: false }, 'press')
    case 'latched':
      if (at - state.tapAt < config.retapMs) return to({ ...state, tapAt: at })
      return to({ phase: 'idle', tapAt: at }, 'release')
    case 'held':
    case 'ignoring':
      return to({ ...state, sign: at })
    case 'settling':
    case 'ending':
      return to(state)
  }
}

/** A command begins a turn. */
function begin(state: Running, at: number): HoldOrTapStep {
  const keyDown = state.phase === 'ignoring' || state.phase === 'settling'
  return to({ phase: 'latched', since: at, tapAt: NEVER, keyDown }, 'press')
}

/** A command ends the turn that is open. */
function finish(state: Running, at: number): HoldOrTapStep {
  const keyDown = state.phase === 'held' || state.phase === 'ending' || (state.phase === 'latched' && state.keyDown)
  return to(keyDown ? { phase: 'ignoring', sign: at } : REST, 'release')
}

function turnOver(state: Running, at: number): HoldOrTapStep {
  if (state.phase === 'latched') return to(state.keyDown ? { phase: 'ignoring', sign: at } : { phase: 'idle', tapAt: state.tapAt })
  if (state.phase === 'ending') return to({ phase: 'ignoring', sign: at })
  // Held: its release is harmless when no turn runs, and indispensable should this news be wrong.
  return to(state)
}
