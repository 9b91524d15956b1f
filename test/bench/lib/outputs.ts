import type { Page } from '@playwright/test'
import type { SoundCard } from '../../sound-card/index.ts'

/** A further output of a sound card. */
export interface Output {
  sink: string
  /** As the settings name it. */
  label: string
  /** Takes the device away. Idempotent. */
  remove(): void
}

/** Plugs a further output in. To be called before the app starts: Chromium is not told of new PulseAudio devices. */
export function addOutput(card: SoundCard, sink: string): Output {
  const label = `Speaker-${sink}`
  let module: string | null = card.pactl('load-module', 'module-null-sink', `sink_name=${sink}`, 'rate=48000', 'norewinds=1', `sink_properties=device.description=${label}`)
  return {
    sink,
    label,
    remove() {
      if (module !== null) card.pactl('unload-module', module)
      module = null
    },
  }
}

/** Chooses an output in the settings, as a person does. @param label null: the system's default */
export async function chooseOutput(page: Page, label: string | null): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  const pick = page.getByRole('combobox', { name: 'Speaker' })
  await pick.selectOption(label === null ? '' : { label })
  await page.keyboard.press('Escape')
}
