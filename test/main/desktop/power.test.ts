import { describe, expect, it } from 'vitest'
import { setUpKeepAwake } from '../../../main/desktop/power.ts'

describe('setUpKeepAwake', () => {
  it('holds one blocker while a conversation is live and none otherwise', () => {
    const calls: string[] = []
    let id = -1
    const awake = setUpKeepAwake({
      start: (type) => {
        calls.push(`start ${type}`)
        return ++id
      },
      stop: (which) => {
        calls.push(`stop ${String(which)}`)
        return true
      },
    })
    awake.set(false)
    awake.set(true)
    awake.set(true)
    awake.set(false)
    awake.set(true)
    awake.dispose()
    awake.dispose()
    expect(calls).toEqual(['start prevent-app-suspension', 'stop 0', 'start prevent-app-suspension', 'stop 1'])
  })
})
