import { describe, expect, it } from 'vitest'
import { commandOf, instanceData, receivedInstance } from '../../../../main/desktop/talk-key/command-line.ts'

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
    const reaches = (...argv: string[]) => receivedInstance(structuredClone(instanceData(argv)))
    expect(reaches('parley', '--toggle')).toEqual({ command: 'toggle', link: null, hidden: false })
    expect(reaches('parley')).toEqual({ command: null, link: null, hidden: false })
    expect(reaches('parley', '--hidden')).toEqual({ command: null, link: null, hidden: true })
    expect(reaches('parley', '--talk', 'parley://settings')).toEqual({ command: null, link: 'parley://settings', hidden: false })
    expect(reaches('parley', `parley://${'x'.repeat(5000)}`).link).toHaveLength(1000)
  })
  it.each([[undefined], [null], ['talk'], [{ command: 'rm' }], [{ command: 'talk', also: 1 }], [{}], [{ command: null, link: 1 }], [{ command: null, link: 'x'.repeat(1001) }]])(
    'what is not understood is no wish: %j',
    (data) => {
      expect(receivedInstance(data)).toEqual({ command: null, link: null, hidden: false })
    },
  )
})
