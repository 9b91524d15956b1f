import type { Locator, Page } from '@playwright/test'
import type { RowId } from '../../../renderer/app/settings/rows.ts'
import type { RealtimeServer } from '../../realtime-server/index.ts'
import type { SoundCard } from '../../sound-card/index.ts'
import { expect, expectState, type Parley } from '../parley.ts'

/** A further output and a further microphone of the sound card, by their names there and for a person. */
export const OTHER = { sink: 'other', speaker: 'OtherSpeaker', source: 'headset', microphone: 'BluetoothHeadset' }

/** Operates one row of the settings, and sees that what it says comes true. It leaves the row as it was found. */
export type Deed = (bench: Bench) => Promise<void>
/** One deed for each of these rows, in the order in which they are done. */
export type Deeds<Id extends RowId = RowId> = Readonly<Record<Id, Deed>>

/** A running Parley whose settings are operated, and the world in which that is to be seen. */
export class Bench {
  readonly parley: Parley
  readonly server: RealtimeServer
  readonly sound: SoundCard

  constructor(parley: Parley, server: RealtimeServer, sound: SoundCard) {
    this.parley = parley
    this.server = server
    this.sound = sound
  }

  get page(): Page {
    return this.parley.page
  }

  get sheet(): Locator {
    return this.page.getByRole('dialog', { name: /^(Settings|Einstellungen)$/ })
  }

  /** A row of the sheet, which is opened where it is not. */
  async row(id: RowId): Promise<Locator> {
    if (!(await this.sheet.isVisible())) await this.page.getByRole('button', { name: /^(Settings|Einstellungen)$/ }).click()
    const row = this.sheet.locator(`[data-row="${id}"]`)
    await expect(row).toBeVisible()
    return row
  }

  /** Chooses in the list of a row. */
  async choose(id: RowId, label: string): Promise<void> {
    await (await this.row(id)).getByRole('combobox').selectOption({ label })
  }

  /** Ticks or unticks the box of a row. */
  async tick(id: RowId): Promise<void> {
    await (await this.row(id)).getByRole('checkbox').click()
  }

  /** Takes a row back to what Parley comes with. */
  async reset(id: RowId): Promise<void> {
    const reset = (await this.row(id)).getByRole('button', { name: /^Reset / })
    await reset.click()
    await expect(reset).toBeHidden()
  }

  /** Back to the conversation. */
  async close(): Promise<void> {
    if (this.page.isClosed() || !(await this.sheet.isVisible())) return
    await this.page.keyboard.press('Escape')
    await expect(this.sheet).toBeHidden()
  }

  /** A conversation runs and nothing is being said in it. */
  async start(): Promise<void> {
    await this.#press('Start conversation')
    await expectState(this.page, 'Ready', 15_000)
  }

  async end(): Promise<void> {
    await this.#press('End conversation')
    await expectState(this.page, /Idle|Failed/)
  }

  /** Presses the button that begins and ends, where it says so. */
  async #press(name: string): Promise<void> {
    await this.close()
    const button = this.page.getByRole('button', { name: /^(Start|End) conversation$/ })
    await expect(button).toBeVisible()
    if ((await button.getAttribute('aria-label')) === name) await button.click()
  }

  /** Writes a message. */
  async write(text: string): Promise<void> {
    await this.close()
    await this.page.getByRole('textbox', { name: 'Message' }).fill(text)
    await this.page.keyboard.press('Enter')
  }

  /** Writes a message and hears the answer to its end. */
  async converse(text: string): Promise<void> {
    const before = this.asked
    await this.write(text)
    await expect.poll(() => this.asked).toBe(before + 1)
    await expect.poll(() => this.server.connection.answering).toBe(false)
    await expectState(this.page, 'Ready', 15_000)
  }

  /** Answers asked for so far, on all connections. */
  get asked(): number {
    return this.server.received.filter(({ event }) => event['type'] === 'response.create').length
  }

  /** What the server holds the sound of the running session to be. */
  get audio(): { input: { turn_detection: unknown }; output: Record<string, unknown> } {
    return this.server.connection.session['audio'] as Bench['audio']
  }

  /** Names of the microphones that are open. */
  async microphones(): Promise<string[]> {
    return this.#inSoundRoom('MediaStreamTrack', "this.filter((track) => track.readyState === 'live').map((track) => track.label)")
  }

  /** The outputs that the sound room plays through; empty: the system's own choice. */
  async sinks(): Promise<string[]> {
    return this.#inSoundRoom('AudioContext', "this.filter((context) => context.state !== 'closed' && typeof context.sinkId === 'string').map((context) => context.sinkId)")
  }

  async #inSoundRoom(kind: string, found: string): Promise<string[]> {
    const inspector = await this.parley.soundRoom.context().newCDPSession(this.parley.soundRoom)
    try {
      const prototype = await inspector.send('Runtime.evaluate', { expression: `${kind}.prototype` })
      const { objects } = await inspector.send('Runtime.queryObjects', { prototypeObjectId: prototype.result.objectId ?? '' })
      const { result } = await inspector.send('Runtime.callFunctionOn', { objectId: objects.objectId ?? '', returnByValue: true, functionDeclaration: `function () { return ${found} }` })
      return result.value as string[]
    } finally {
      await inspector.detach()
    }
  }
}
