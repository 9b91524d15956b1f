import { expect, it, vi } from 'vitest'
import { desktopActs } from '../../../main/desktop/acts.ts'
import { failure, FailureError } from '../../../shared/failure.ts'

function setUp(options: { onboarding?: boolean; refuse?: Error } = {}) {
  const done: string[] = []
  const note = (what: string) => (value?: unknown): undefined => {
    done.push(value === undefined ? what : `${what} ${JSON.stringify(value)}`)
  }
  const change = (what: string) => async (value?: unknown): Promise<undefined> => {
    note(what)(value)
    if (options.refuse) throw options.refuse
  }
  const acts = desktopActs({
    store: { shown: { onboarding: options.onboarding ?? false } as never },
    voice: { start: note('start'), stopAnswer: note('stop'), muteMicrophone: note('mute'), say: (why) => done.push(`said ${why.code}`) },
    talkKey: { command: note('talk key') },
    handlers: { 'conversation.end': note('end'), 'persona.choose': change('persona'), 'settings.change': change('settings') },
    showWindow: note('window'),
    quit: note('quit'),
  })
  return { acts, done }
}

it('does what the window does', () => {
  const { acts, done } = setUp()
  acts.talk()
  acts.send()
  acts.stopAnswer()
  acts.muteMicrophone(true)
  acts.startConversation()
  acts.endConversation()
  acts.choosePersona('p1')
  acts.changeSettings({ overlay: false })
  acts.quit()
  expect(done).toEqual(['talk key "talk"', 'talk key "stop"', 'stop', 'mute true', 'start', 'end', 'persona "p1"', 'settings {"overlay":false}', 'quit'])
})

it('with nothing to talk to yet the window asks for it', () => {
  const { acts, done } = setUp({ onboarding: true })
  acts.talk()
  acts.startConversation()
  expect(done).toEqual(['window', 'window'])
})

it('a change that the disk refuses is said', async () => {
  const { acts, done } = setUp({ refuse: new FailureError(failure('settings_unwritable')) })
  acts.choosePersona('p1')
  await vi.waitFor(() => expect(done).toEqual(['persona "p1"', 'said settings_unwritable']))
  const broken = setUp({ refuse: new Error('nobody had expected it') })
  broken.acts.changeSettings({ overlay: true })
  await vi.waitFor(() => expect(broken.done.at(-1)).toBe('said internal'))
})
