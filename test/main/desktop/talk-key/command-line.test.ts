import { describe, expect, it } from 'vitest'
import { commandOf, commandOfInstance, instanceData } from '../../../../main/desktop/talk-key/command-line.ts'

describe('the command line', () => {
  it.each<[string[], string | null]>([
    [['parley', '--talk'], 'talk'],
    [['parley', '--stop'], 'stop'],
    [['electron', '.', '--no-sandbox', '--toggle'], 'toggle'],
    [['parley', '--show'], 'show'],
    [['parley', '--talk', '--stop'], 'stop'],
    [['parley'], null],
    [['parley', '--talking', 'talk', '--talk=1', '--TALK'], null],
    [['parley', '--', '--talk'], null],
  ])('%j asks for %s', (argv, command) => {
    expect(commandOf(argv)).toBe(command)
  })
  it.each([['parley://talk'], ['PARLEY://settings'], ['"parley://x"']])('no link starts it listening: %s', (link) => {
    expect(commandOf(['parley', '--talk', link])).toBeNull()
    expect(commandOf(['parley', link, '--talk'])).toBeNull()
  })
  it('reaches the first instance as it is', () => {
    expect(commandOfInstance(structuredClone(instanceData(['parley', '--toggle'])))).toBe('toggle')
    expect(commandOfInstance(instanceData(['parley']))).toBeNull()
  })
  it.each([[undefined], [null], ['talk'], [{ command: 'rm' }], [{ command: 'talk', also: 1 }], [{}]])('what is not understood is no command: %j', (data) => {
    expect(commandOfInstance(data)).toBeNull()
  })
})
