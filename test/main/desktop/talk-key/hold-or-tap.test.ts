import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deadlineOf,
  HOLD_OR_TAP_DEFAULTS,
  startOfHoldOrTap,
  step,
  turnIsOpen,
  type HoldOrTapConfig,
  type HoldOrTapEffect,
  type HoldOrTapEvent,
  type HoldOrTapState,
} from '../../../../main/desktop/talk-key/hold-or-tap.ts'

/** A talk key on a clock of its own: says when what came of it, `press@1000`. */
class Key {
  readonly config: HoldOrTapConfig
  readonly said: string[] = []
  state: HoldOrTapState
  at = 0

  constructor(config: Partial<HoldOrTapConfig> = {}, ready = true) {
    this.config = { ...HOLD_OR_TAP_DEFAULTS, ...config }
    this.state = startOfHoldOrTap(0, this.config)
    if (ready) this.wait(1000)
  }

  feed(event: HoldOrTapEvent, when: number): void {
    const { state, effects } = step(this.state, event, this.config)
    this.state = state
    for (const effect of effects) this.said.push(`${effect}@${when}`)
  }

  wait(ms: number): this {
    const end = this.at + ms
    for (let due = deadlineOf(this.state, this.config); due !== null && due <= end; due = deadlineOf(this.state, this.config)) {
      this.at = Math.max(this.at, due)
      this.feed({ type: 'time', at: this.at }, this.at)
    }
    this.at = end
    return this
  }

  do(type: Exclude<HoldOrTapEvent['type'], 'down'>): this {
    this.feed({ type, at: this.at }, this.at)
    return this
  }

  down(interrupting = false): this {
    this.feed({ type: 'down', at: this.at, interrupting }, this.at)
    return this
  }

  /** Down, so many ms, up. */
  stroke(ms: number, interrupting = false): this {
    return this.down(interrupting).wait(ms).do('up')
  }
}

describe('hold', () => {
  it('talks from the moment the key goes down until it comes up', () => {
    expect(new Key().stroke(1500).said).toEqual(['press@1000', 'release@2500'])
  })
  it('takes auto-repeat for one press', () => {
    const key = new Key().down()
    for (let n = 0; n < 30; n++) key.wait(33).down()
    expect(key.do('up').said).toEqual(['press@1000', 'release@1990'])
  })
  it('ends when the first of two keyboards lets go, and ignores the second', () => {
    expect(new Key().down().wait(200).down().wait(200).do('up').wait(200).do('up').said).toEqual(['press@1000', 'release@1400'])
  })
  it('is not disturbed by other keys when the talk key is not a modifier', () => {
    expect(new Key().down().do('other').wait(100).do('other').do('up').said).toEqual(['press@1000', 'release@1100'])
  })
})

describe('tap', () => {
  it('begins with one tap and ends with the next, however long they are', () => {
    expect(new Key({ style: 'tap' }).stroke(80).wait(3000).stroke(80).said).toEqual(['press@1000', 'release@4080'])
    expect(new Key({ style: 'tap' }).stroke(2000).wait(1000).stroke(2000).said).toEqual(['press@1000', 'release@4000'])
  })
  it('does not begin again with the auto-repeat of the ending tap', () => {
    const key = new Key({ style: 'tap' }).stroke(80).wait(1000).down()
    for (let n = 0; n < 10; n++) key.wait(33).down()
    expect(key.do('up').said).toEqual(['press@1000', 'release@2080'])
  })
  it('ends by itself in the end', () => {
    expect(new Key({ style: 'tap' }).stroke(80).wait(1_000_000).said).toEqual(['press@1000', 'release@301000'])
  })
  it('begins anew after the turn was ended by something else', () => {
    expect(new Key({ style: 'tap' }).stroke(80).do('turn_over').wait(500).stroke(80).said).toEqual(['press@1000', 'press@1580'])
  })
})

describe('automatic', () => {
  const automatic = { style: 'automatic' } as const
  it('is a hold from 400 ms on and a tap below', () => {
    expect(new Key(automatic).stroke(400).said).toEqual(['press@1000', 'release@1400'])
    expect(new Key(automatic).stroke(399).wait(2000).stroke(50).said).toEqual(['press@1000', 'release@3399'])
  })
  it('goes by the threshold that was set', () => {
    expect(new Key({ ...automatic, tapBelowMs: 600 }).stroke(500).said).toEqual(['press@1000'])
  })
  it('only interrupts with a tap below 250 ms while Parley speaks', () => {
    expect(new Key(automatic).stroke(249, true).said).toEqual(['press@1000', 'release@1249'])
    expect(new Key(automatic).stroke(250, true).said).toEqual(['press@1000'])
  })
})

describe('a modifier alone', () => {
  const modifierAlone = { modifierAlone: true }
  it('is a press once it was alone for 120 ms', () => {
    expect(new Key(modifierAlone).stroke(1500).said).toEqual(['press@1120', 'release@2500'])
  })
  it('counts in full when it comes up sooner', () => {
    expect(new Key(modifierAlone).stroke(60).said).toEqual(['press@1060', 'release@1060'])
    expect(new Key({ ...modifierAlone, style: 'automatic' }).stroke(60).wait(900).stroke(60).said).toEqual(['press@1060', 'release@2020'])
  })
  it('is no press at all when another key follows at once', () => {
    expect(new Key(modifierAlone).down().wait(60).do('other').wait(500).do('up').said).toEqual([])
  })
  it('is taken back when another key follows a little later', () => {
    expect(new Key(modifierAlone).down().wait(600).do('other').wait(500).do('up').said).toEqual(['press@1120', 'cancel@1600'])
  })
  it('keeps what was said when a key is touched after a long while', () => {
    expect(new Key(modifierAlone).down().wait(2000).do('other').wait(500).do('up').said).toEqual(['press@1120', 'release@3500'])
  })
  it('does not end a tapped turn by serving for a shortcut', () => {
    const key = new Key({ ...modifierAlone, style: 'tap' }).stroke(60).wait(900).down().wait(50).do('other').wait(400).do('up')
    expect(key.said).toEqual(['press@1060'])
    expect(key.wait(100).stroke(60).said).toEqual(['press@1060', 'release@2570'])
  })
  it('ends a tapped turn when it is held alone', () => {
    expect(new Key({ ...modifierAlone, style: 'tap' }).stroke(60).wait(940).down().wait(500).do('up').said).toEqual(['press@1060', 'release@2120'])
  })
  it('is not confused by a timer that is late', () => {
    const key = new Key(modifierAlone).down()
    key.at += 900
    expect(key.do('up').said).toEqual(['press@1900', 'release@1900'])
  })
})

describe('what goes wrong with keys', () => {
  it('lets go when the key has been silent for 30 s', () => {
    expect(new Key().down().wait(100_000).said).toEqual(['press@1000', 'release@31000'])
  })
  it('goes on as long as the key repeats', () => {
    const key = new Key().down()
    for (let n = 0; n < 40; n++) key.wait(1000).down()
    expect(key.do('up').said).toEqual(['press@1000', 'release@41000'])
  })
  it('works again after a lost key-up', () => {
    expect(new Key().down().wait(60_000).stroke(500).said).toEqual(['press@1000', 'release@31000', 'press@61000', 'release@61500'])
  })
  it('ignores a key that was held while Parley started, until it comes up', () => {
    const key = new Key({}, false).wait(100).down()
    for (let n = 0; n < 60; n++) key.wait(33).down()
    expect(key.do('up').said).toEqual([])
    expect(key.stroke(500).said).toHaveLength(2)
  })
  it('cancels at the lock screen, and does not take the same press up again afterwards', () => {
    expect(new Key().down().wait(500).do('pause').wait(9000).do('up').do('resume').wait(2000).said).toEqual(['press@1000', 'cancel@1500'])
    expect(new Key().down().do('pause').wait(500).do('resume').wait(300).down().wait(600).down().do('up').said).toEqual(['press@1000', 'cancel@1000'])
  })
  it('means nothing while a key is being chosen', () => {
    expect(new Key().do('pause').stroke(500).do('talk').do('toggle').do('tap').said).toEqual([])
  })
  it('keeps a press whose end will not be seen as a tap', () => {
    expect(new Key().down().wait(300).do('unreleasable').wait(2000).do('tap').said).toEqual(['press@1000', 'release@3300'])
  })
})

describe('presses without key-up', () => {
  it('begin and end a turn in every style', () => {
    for (const style of ['hold', 'tap', 'automatic'] as const) {
      expect(new Key({ style }).do('tap').wait(1000).do('tap').said).toEqual(['press@1000', 'release@2000'])
    }
  })
  it('are not doubled by auto-repeat', () => {
    const key = new Key().do('tap').wait(500).do('tap')
    for (let n = 0; n < 60; n++) key.wait(33).do('tap')
    expect(key.said).toEqual(['press@1000'])
    key.wait(800).do('tap').wait(500).do('tap').wait(33).do('tap')
    expect(key.said).toHaveLength(2)
  })
})

describe('commands', () => {
  it('talk and stop do what they say, once', () => {
    expect(new Key().do('talk').do('talk').wait(10).do('stop').do('stop').said).toEqual(['press@1000', 'release@1010'])
  })
  it('toggle begins and ends', () => {
    expect(new Key().do('toggle').wait(10).do('toggle').said).toEqual(['press@1000', 'release@1010'])
  })
  it('work at once after the start', () => {
    expect(new Key({}, false).do('talk').said).toEqual(['press@0'])
  })
  it('talk begins a turn that a key which is still down does not end', () => {
    const key = new Key({}, false).down().wait(1000).do('talk').wait(33).down().wait(33).do('up').wait(500)
    expect(key.said).toEqual(['press@1000'])
    expect(key.stroke(100).said).toEqual(['press@1000', 'release@1566'])
  })
  it('stop also ends a held turn, and the key that is still down does not begin another', () => {
    expect(new Key().down().wait(500).do('stop').wait(33).down().wait(33).do('up').said).toEqual(['press@1000', 'release@1500'])
  })
})

describe('whatever happens', () => {
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('down' as const), interrupting: fc.boolean() }) },
    { weight: 4, arbitrary: fc.constant({ type: 'up' as const }) },
    fc.record({
      type: fc.constantFrom('other', 'tap', 'unreleasable', 'talk', 'stop', 'toggle', 'pause', 'resume', 'time', 'turn_over'),
    }) as fc.Arbitrary<{ type: Exclude<HoldOrTapEvent['type'], 'down' | 'up'> }>,
  )
  const config = fc.record({
    style: fc.constantFrom('hold' as const, 'tap' as const, 'automatic' as const),
    modifierAlone: fc.boolean(),
    tapBelowMs: fc.integer({ min: 100, max: 1000 }),
  })
  // Half of the gaps are those that matter to a key, half anything up to a minute.
  const events = fc.array(fc.tuple(fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 60_000 })), event), { maxLength: 40 })

  /** Runs the events; `timers: false` gives the machine no time events, as a blocked process would. */
  function run(parts: Partial<HoldOrTapConfig>, list: [number, { type: string }][], timers: boolean): { key: Key; effects: HoldOrTapEffect[] } {
    const key = new Key(parts, false)
    for (const [gap, what] of list) {
      if (timers) key.wait(gap)
      else key.at += gap
      key.feed({ at: key.at, ...what } as HoldOrTapEvent, key.at)
    }
    return { key, effects: key.said.map((line) => line.split('@')[0] as HoldOrTapEffect) }
  }

  it('never leaves a turn open without an end: time alone closes it', () => {
    fc.assert(
      fc.property(config, events, fc.boolean(), (parts, list, timers) => {
        const { key } = run(parts, list, timers)
        key.wait(400_000)
        expect(turnIsOpen(key.state)).toBe(false)
        // Each press that was not ended elsewhere has its end.
        if (list.some(([, what]) => what.type === 'turn_over')) return
        const presses = key.said.filter((line) => line.startsWith('press')).length
        expect(key.said.length).toBe(2 * presses)
      }),
      { numRuns: 2000 },
    )
  })

  it('says press, then one release or cancel, then press: never two of a kind', () => {
    fc.assert(
      fc.property(config, events, fc.boolean(), (parts, list, timers) => {
        const without = list.filter(([, what]) => what.type !== 'turn_over')
        const { effects } = run(parts, without, timers)
        effects.forEach((effect, i) => {
          expect(effect === 'press').toBe(i % 2 === 0)
        })
      }),
      { numRuns: 2000 },
    )
  })

  it('says the same with prompt timers and with late ones', () => {
    fc.assert(
      fc.property(config, events, (parts, list) => {
        expect(run(parts, list, false).effects).toEqual(run(parts, list, true).effects)
      }),
      { numRuns: 1000 },
    )
  })

  it('holds no open turn while it is paused, and begins none', () => {
    fc.assert(
      fc.property(config, events, events, (parts, before, during) => {
        const { key } = run(parts, before, true)
        key.do('pause')
        const said = key.said.length
        for (const [gap, what] of during.filter(([, each]) => each.type !== 'resume')) {
          key.wait(gap)
          key.feed({ at: key.at, ...what }, key.at)
        }
        expect(key.said.length).toBe(said)
        expect(turnIsOpen(key.state)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
