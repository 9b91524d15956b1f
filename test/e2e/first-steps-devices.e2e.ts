import { setTimeout as pause } from 'node:timers/promises'
import { say } from '../sound-card/index.ts'
import { expect, expectState, test } from './parley.ts'
import { outside } from './world.ts'

test('first steps where microphone, speaker and talk key are refused: said each time, mended on the spot, and nothing of it is in the way', async ({ launch, sound }) => {
  // No program sees the keys of others here, and the desktop gives none.
  const parley = await launch({ env: { XDG_SESSION_TYPE: 'wayland', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' } })
  const { page } = parley
  const skip = page.getByRole('button', { name: /^(Skip|Next)$/ })

  await outside(parley, (world) => {
    world.system.microphone = false
  })
  await skip.click()
  await expect(page.getByText('Parley may not use the microphone.')).toBeVisible()
  await page.screenshot({ path: test.info().outputPath('microphone.png') })
  await outside(parley, (world) => {
    world.system.microphone = true
  })
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('Parley may not use the microphone.')).toBeHidden()
  await expect(page.getByRole('button', { name: 'Try again' })).toBeHidden()
  await sound.speak(say('Can you hear every word of this?'))
  await expect(page.getByText('Parley hears you.')).toBeVisible()
  await skip.click()

  const tone = page.getByRole('button', { name: 'Play a test tone' })
  sound.pactl('suspend-sink', 'spk', '1')
  try {
    await tone.click()
    await expect(page.getByText('Parley cannot play sound.')).toBeVisible()
  } finally {
    sound.pactl('suspend-sink', 'spk', '0')
  }
  await tone.click()
  await expect(page.getByText('Parley cannot play sound.')).toBeHidden()
  await pause(300)
  await expect(tone).toBeVisible()
  await skip.click()

  await expect(page.getByText(/Under Wayland/)).toBeVisible()
  await expect(page.getByText('Press F8, and once more.')).toBeVisible()
  // The desktop's shortcuts press it: begun and ended, and shown.
  for (const word of ['Tapped: Parley would listen until you press again.', 'It works.']) {
    await pause(900)
    await outside(parley, (world) => world.pressShortcut('F8'))
    await expect(page.getByText(word)).toBeVisible()
  }
  await page.screenshot({ path: test.info().outputPath('talk-key.png') })

  // Another program has all that could be had: said, with the way that always works; and taken when it is free.
  const choose = (key: string): Promise<void> =>
    page.evaluate(async (name) => {
      await window.parley.request('settings.change', { talkKey: { key: name, modifiers: [] } })
    }, key)
  await outside(parley, (world) => {
    for (const keys of ['F7', 'F8', 'F9', 'Control+Alt+Space', 'Control+Shift+F12']) world.takenShortcuts.add(keys)
  })
  await choose('F7')
  await expect(page.getByText(/^No key can be had now\. The commands parley --talk/)).toBeVisible()
  await page.screenshot({ path: test.info().outputPath('no-talk-key.png') })
  await outside(parley, (world) => {
    world.takenShortcuts.clear()
  })
  await choose('F6')
  await expect(page.getByText(/^F6 works as a switch/)).toBeVisible()
  await page.getByRole('button', { name: 'How do you want to talk?' }).click()
  await page.getByRole('button', { name: 'Practise without an account' }).click()
  await expectState(page, 'Speaking')
})
