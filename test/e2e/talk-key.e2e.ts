import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { tone } from '../realtime-server/index.ts'
import { say } from '../sound-card/index.ts'
import { expect, expectState, test } from './parley.ts'

/** X keycode of right Ctrl; by its name xdotool would press the left one as well. */
const RIGHT_CTRL = '105'

function key(what: 'keydown' | 'keyup'): void {
  execFileSync('xdotool', [what, RIGHT_CTRL])
}

test('the talk key, held anywhere, is a turn', async ({ serve, launch, sound }) => {
  test.skip(process.platform !== 'linux' || !process.env['DISPLAY'], 'xdotool presses keys on an X server only')
  const server = await serve({ answer: { pcm: tone(300), text: 'Heard.' }, hearing: 'Hello from afar.' })
  const { page } = await launch({ server })
  await expect(page.getByText('Right Ctrl')).toBeVisible()
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(700)
  key('keydown')
  try {
    await expectState(page, 'Listening')
    await expect(page.getByRole('button', { name: 'Talk', exact: true })).toHaveAttribute('aria-pressed', 'true')
    await sound.speak(say('Hello from afar.'))
  } finally {
    key('keyup')
  }
  await expect(page.getByRole('article', { name: 'You' })).toContainText('Hello from afar.')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('Heard.')
  expect(server.connection.commits).toHaveLength(1)
})

test('a second start hands its wish over: --talk begins, --stop sends', async ({ serve, launch }) => {
  const server = await serve({ answer: { pcm: tone(300), text: 'Heard.' } })
  const { page, app } = await launch({ server })
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(700)
  const second = (command: string): Promise<void> =>
    app.evaluate(({ app: running }, wish) => {
      running.emit('second-instance', {}, [], '', { command: wish })
    }, command)
  await second('talk')
  await expectState(page, 'Listening')
  await pause(800)
  await second('stop')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('Heard.')
})
