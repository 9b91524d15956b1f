import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SoundCard } from '../sound-card/index.ts'
import { startAway } from './away/away.ts'
import { expect, test } from './parley.ts'
import { Bench, OTHER, type Deeds } from './rows/bench.ts'
import { connection } from './rows/connection.ts'
import { costs, DEAR_PRICES, EARLIER_TODAY } from './rows/costs.ts'
import { CONFIG, desktop } from './rows/desktop.ts'
import { privacy } from './rows/privacy.ts'
import { sound as soundRows } from './rows/sound.ts'
import { talkKey } from './rows/talk-key.ts'
import { talking } from './rows/talking.ts'

const KEY = 'sk-marker-0123456789abcdef'

/** Says nothing that could be heard. */
const QUIET = { pcm: new Int16Array(480), text: 'Certainly.' }

/** Does what there is to do with each row. */
async function operate(bench: Bench, deeds: Partial<Deeds>): Promise<void> {
  for (const [id, deed] of Object.entries(deeds)) {
    await test.step(`row ${id}`, async () => {
      await deed(bench)
      await bench.close()
    })
  }
}

/** A second speaker and a second microphone; returns the way to take them out again. */
function plugIn(sound: SoundCard): () => void {
  const modules = [
    sound.pactl('load-module', 'module-null-sink', `sink_name=${OTHER.sink}`, 'rate=48000', 'norewinds=1', `sink_properties=device.description=${OTHER.speaker}`),
    sound.pactl('load-module', 'module-remap-source', 'master=micsink.monitor', `source_name=${OTHER.source}`, `source_properties=device.description=${OTHER.microphone}`),
  ]
  sound.pactl('set-default-sink', 'spk')
  sound.pactl('set-default-source', 'virtmic')
  return () => {
    for (const module of modules.toReversed()) sound.pactl('unload-module', module)
  }
}

// A row without a deed does not get through the type check.
const FIRST = { ...talking, ...soundRows, ...talkKey }
const SECOND = { ...privacy, ...costs, ...desktop }
const all = (third: ReturnType<typeof connection>): Deeds => ({ ...FIRST, ...SECOND, ...third })

test('settings, talking and sound: each row does what it says', async ({ serve, launch, sound }) => {
  const unplug = plugIn(sound)
  try {
    const server = await serve({ answer: QUIET })
    await operate(new Bench(await launch({ server }), server, sound), FIRST)
  } finally {
    unplug()
  }
})

test('settings, costs, desktop and privacy: each row does what it says', async ({ serve, launch, sound, folder }) => {
  const userData = join(folder, 'user-data')
  await mkdir(userData, { recursive: true })
  await writeFile(join(userData, 'prices.json'), DEAR_PRICES)
  await writeFile(join(userData, 'spending.json'), EARLIER_TODAY())
  const server = await serve({ answer: QUIET })
  // Whether this machine's own desktop shows tray icons must not matter.
  const parley = await launch({ server, userData, env: { XDG_CONFIG_HOME: join(folder, CONFIG), DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' } })
  await operate(new Bench(parley, server, sound), SECOND)
})

test('settings, connection: each row does what it says', async ({ serve, launch, sound }) => {
  const [server, other] = [await serve({ key: KEY, answer: QUIET }), await serve({ key: 'another-key-9876543210', answer: QUIET })]
  const away = await startAway(server)
  try {
    const bench = new Bench(await launch({ env: away.env }), server, sound)
    await away.lead(bench.parley)
    await bench.page.getByRole('button', { name: /^With an OpenAI key/ }).click()
    await bench.page.getByLabel('Key', { exact: true }).fill(KEY)
    await bench.page.getByRole('button', { name: 'Check and use' }).click()
    await bench.page.getByRole('button', { name: 'To the conversation' }).click()
    const third = connection(other)
    await operate(bench, third)
    // Three tests, and between them every row.
    expect(Object.keys(all(third))).toHaveLength(Object.keys({ ...FIRST, ...SECOND }).length + 3)
  } finally {
    await away.stop()
  }
})
