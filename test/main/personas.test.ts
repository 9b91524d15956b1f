import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parsePersonaFile, personaFileText } from '../../main/persona-file.ts'
import { Personas } from '../../main/personas.ts'
import { SettingsFile } from '../../main/storage/settings-file.ts'
import { FailureError, type Failure } from '../../shared/failure.ts'
import { MAX_PERSONA_FILE_BYTES, MAX_PERSONAS, shippedPersonas, type PersonaDraft } from '../../shared/personas.ts'
import { memoryLog } from './desktop/fakes.ts'

const DRAFT: PersonaDraft = {
  id: null,
  name: 'Ada',
  instructions: 'Be brief.\n\nSpeak of engines.',
  voice: 'cedar',
  model: 'gpt-realtime-2.1',
  reasoning: 'high',
  turnMode: 'tap',
  tools: ['current_time'],
  manyLanguages: true,
}

let folder: string
let settings: SettingsFile
let personas: Personas
let chosenFile: string | null
let proposed: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-personas-'))
  settings = await SettingsFile.open({ file: join(folder, 'settings.json'), log: memoryLog() })
  chosenFile = null
  let ids = 0
  personas = new Personas({
    settings,
    language: () => 'en',
    newId: () => String(++ids),
    askForFile: () => Promise.resolve(chosenFile),
    askWhereTo: (name) => {
      proposed = name
      return Promise.resolve(chosenFile)
    },
  })
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function failureOf(doing: Promise<unknown>): Promise<Failure> {
  const error: unknown = await doing.catch((e: unknown) => e)
  if (!(error instanceof FailureError)) throw new Error(`no failure but ${String(error)}`)
  return error.failure
}

describe('own personas', () => {
  it('are made, chosen, changed and deleted, and the file on the disk says so', async () => {
    const id = await personas.save(DRAFT)
    await personas.choose(id)
    expect(personas.chosen).toEqual({ ...DRAFT, id })
    expect(await personas.save({ ...DRAFT, id, name: 'Ada L.' })).toBe(id)
    const again = await SettingsFile.open({ file: join(folder, 'settings.json'), log: memoryLog() })
    expect(again.value).toMatchObject({ persona: id, personas: [{ id, name: 'Ada L.' }] })
    await personas.remove(id)
    expect(settings.value).toMatchObject({ persona: 'everyday', personas: [] })
  })

  it('get a name of their own', async () => {
    await personas.save(DRAFT)
    await personas.save(DRAFT)
    await personas.save({ ...DRAFT, name: 'Everyday' })
    expect(settings.value.personas.map(({ name }) => name)).toEqual(['Ada', 'Ada 2', 'Everyday 2'])
  })

  it('that were deleted meanwhile are saved as new ones', async () => {
    const id = await personas.save({ ...DRAFT, id: 'own_gone' })
    expect(id).not.toBe('own_gone')
    expect(settings.value.personas).toHaveLength(1)
  })

  it('are no more than there is room for', async () => {
    await settings.change({ personas: Array.from({ length: MAX_PERSONAS }, (_, i) => ({ ...DRAFT, id: `own_${String(i)}`, name: `Ada ${String(i)}` })) })
    expect(await failureOf(personas.save(DRAFT))).toMatchObject({ code: 'persona_limit', detail: { limit: MAX_PERSONAS } })
    expect(settings.value.personas).toHaveLength(MAX_PERSONAS)
  })
})

it('what ships is neither deleted nor chosen away by an id that does not exist', async () => {
  await personas.choose('thinking_aloud')
  await personas.remove('thinking_aloud')
  await personas.choose('own_nobody')
  expect(personas.chosen.id).toBe('thinking_aloud')
})

describe('files', () => {
  it('hold a persona that comes back as it was', async () => {
    const id = await personas.save(DRAFT)
    chosenFile = join(folder, 'ada.json')
    expect(await personas.export(id)).toBe(true)
    expect(proposed).toBe('Ada.json')
    await personas.remove(id)
    expect(await personas.import()).toEqual({ names: ['Ada'], dropped: [] })
    expect(settings.value.personas).toEqual([{ ...DRAFT, id: 'own_2' }])
    expect(await readFile(chosenFile, 'utf8')).not.toContain('own_')
  })

  it('hold what ships as well, proposed under a name that any disk takes', async () => {
    chosenFile = join(folder, 'x.json')
    await personas.export('language_partner')
    expect(proposed).toBe('Language-partner.json')
    expect(await personas.import()).toMatchObject({ names: ['Language partner 2'] })
  })

  it('that are not chosen change nothing', async () => {
    expect(await personas.import()).toBeNull()
    expect(await personas.export('everyday')).toBe(false)
    expect(await personas.export('own_nobody')).toBe(false)
  })

  it('lose what Parley does not know, and it is said', () => {
    const text = JSON.stringify({ format: 'parley-personas', version: 1, by: 'me', personas: [{ name: 'Ada', instructions: '', temperature: 1, id: 'own_1' }] })
    expect(parsePersonaFile(text, 'a.json')).toEqual({
      personas: [{ id: null, name: 'Ada', instructions: '', voice: null, model: null, reasoning: null, turnMode: null, tools: null, manyLanguages: false }],
      dropped: ['temperature', 'id'],
    })
  })

  it.each<[string, string, string, string]>([
    ['no JSON', 'persona', 'persona_file_invalid', ''],
    ['nothing', '', 'persona_file_invalid', ''],
    ['another format', '{"format":"x","version":1,"personas":[]}', 'persona_file_invalid', 'format'],
    ['no persona', '{"format":"parley-personas","version":1,"personas":[]}', 'persona_file_invalid', 'personas'],
    ['no name', '{"format":"parley-personas","version":1,"personas":[{"instructions":""}]}', 'persona_file_invalid', 'personas.0.name'],
    [
      'one that is wrong among good ones',
      JSON.stringify({ format: 'parley-personas', version: 1, personas: [DRAFT, { ...DRAFT, turnMode: 'x' }] }),
      'persona_file_invalid',
      'personas.1.turnMode',
    ],
    ['a newer version', '{"format":"parley-personas","version":2,"people":[]}', 'persona_file_newer', ''],
    ['very much', ' '.repeat(MAX_PERSONA_FILE_BYTES + 1), 'persona_file_large', ''],
  ])('with %s are refused whole', async (_what, text, code, where) => {
    chosenFile = join(folder, 'bad.json')
    await writeFile(chosenFile, text)
    const failure = await failureOf(personas.import())
    expect(failure).toMatchObject({ code, detail: { file: 'bad.json', ...(where === '' ? {} : { where }) } })
    expect(settings.value.personas).toEqual([])
  })

  it('with a byte order mark are read', async () => {
    chosenFile = join(folder, 'bom.json')
    await writeFile(chosenFile, `\uFEFF${personaFileText(shippedPersonas('de'))}`)
    expect(await personas.import()).toMatchObject({ names: ['Alltag', 'Sprachpartner', 'Laut denken'] })
  })

  it('that cannot be read or written are said', async () => {
    chosenFile = join(folder, 'missing.json')
    expect(await failureOf(personas.import())).toMatchObject({ code: 'persona_file_failed', detail: { file: 'missing.json' } })
    chosenFile = join(folder, 'folder.json')
    await mkdir(chosenFile)
    expect((await failureOf(personas.import())).code).toBe('persona_file_failed')
    expect((await failureOf(personas.export('everyday'))).code).toBe('persona_file_failed')
  })

  it('of the longest persona in the longest letters can be read again', () => {
    const longest = { ...DRAFT, id: 'own_1', instructions: '語'.repeat(8000), name: '語'.repeat(60) }
    const text = personaFileText([longest])
    expect(Buffer.byteLength(text)).toBeLessThan(MAX_PERSONA_FILE_BYTES)
    expect(parsePersonaFile(text, 'x.json').personas[0]?.instructions).toBe(longest.instructions)
  })
})
