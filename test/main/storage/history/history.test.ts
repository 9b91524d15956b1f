import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ConversationEntry } from '../../../../shared/conversation/model.ts'
import { conversation, entry, look, makeHistory, makeInstrumented, message, temporaryFolder, toolCall } from './helpers.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await temporaryFolder()
  file = join(folder, 'data', 'history.db')
})

describe('the file', () => {
  it('is not made before something is recorded', async () => {
    const { history } = makeHistory()
    expect(await history.open(file)).toEqual({ state: 'new' })
    expect(await history.conversations({ limit: 10 })).toEqual([])
    expect(await history.search('x', { limit: 10 })).toEqual([])
    expect(await history.stats()).toEqual({ conversations: 0, entries: 0, bytes: 0, oldest: null })
    await history.close()
    expect(await readdir(folder)).toEqual([])
  })

  it('is its owner’s alone, and one file when closed', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    expect(await history.flush()).toBe(true)
    for (const name of await readdir(join(folder, 'data'))) expect((await stat(join(folder, 'data', name))).mode & 0o777).toBe(0o600)
    await history.close()
    expect(await readdir(join(folder, 'data'))).toEqual(['history.db'])
  })

  it('has a version and the mark of Parley', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    await history.close()
    expect(look(file, (db) => [db.prepare('PRAGMA user_version').get(), db.prepare('PRAGMA application_id').get(), db.prepare('PRAGMA journal_mode').get()])).toEqual([
      { user_version: 1 },
      { application_id: 0x50524c59 },
      { journal_mode: 'wal' },
    ])
  })
})

describe('what is recorded', () => {
  const kinds: [string, ConversationEntry][] = [
    ['a person', message('1', 'Guten Tag', { audioMs: 1234.5 })],
    ['an answer cut off', message('2', 'Hello there', { role: 'assistant', heard: { ms: 12.25, audioMs: 99.5, chars: 5, cut: true }, response: { status: 'cancelled', reason: 'turn_detected' } })],
    ['pictures', message('3', 'look', { source: 'text', images: [{ contentIndex: 1, mediaType: 'image/png', size: 77 }] })],
    ['what was not understood', message('4', '', { textState: 'failed' })],
    ['a call', toolCall('5')],
    ['text that is no plain text', message('6', 'a\0b "quoted" \u{1f600} \u202e')],
    ['tools', { ...message('7', ''), kind: 'tool_list', role: 'assistant', server: 'docs', state: 'done', tools: ['search'] }],
  ]

  it('comes back as it was, in another run', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    for (const [n, [, what]] of kinds.entries()) history.record(entry('a', n, what as never, n === 0 ? '1.wav' : null))
    await history.close()
    const { history: again } = makeHistory()
    expect(await again.open(file)).toEqual({ state: 'open' })
    expect(await again.entries('a')).toEqual(kinds.map(([, what], n) => ({ entry: what, audioFile: n === 0 ? '1.wav' : null })))
  })

  it('is on disk within 250 ms without being asked for', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    await history.flush()
    history.record(entry('a', 1, message('1', 'hello')))
    await expect.poll(() => look(file, (db) => db.prepare('SELECT text FROM entries').get()), { timeout: 1_000, interval: 10 }).toEqual({ text: 'hello' })
  })

  it('is on the medium soon after each batch, for the case of a power cut', async () => {
    const { history, synced } = makeInstrumented(file)
    await history.open(file)
    for (let n = 1; n <= 3; n++) {
      history.record(conversation('a'))
      await history.flush()
      await expect.poll(() => synced.times).toBe(n)
    }
  })

  it('is joined: of many changes of an entry one write, with the newest', async () => {
    const { history, batches } = makeInstrumented(file)
    await history.open(file)
    history.record(conversation('a'))
    for (let n = 0; n <= 1_000; n++) history.record(entry('a', 1, message('1', `word ${n}`, { textState: 'partial' })))
    expect(await history.flush()).toBe(true)
    expect(await history.entries('a')).toMatchObject([{ entry: { text: 'word 1000' } }])
    await expect.poll(() => batches).toEqual([2])
  })

  it('can be recorded twice', async () => {
    const { history } = makeHistory()
    await history.open(file)
    for (let n = 0; n < 2; n++) {
      history.record(conversation('a'))
      history.record(entry('a', 1, message('1', 'hello')))
      history.record({ type: 'usage', conversation: 'a', row: { kind: 'response', id: 'r', model: 'm', usage: { total_tokens: 5 + n }, at: 7 } })
      await history.flush()
    }
    expect(await history.stats()).toMatchObject({ conversations: 1, entries: 1 })
    expect(await history.usageSince(7)).toEqual([{ kind: 'response', id: 'r', model: 'm', usage: { total_tokens: 6 }, at: 7 }])
    expect(await history.usageSince(8)).toEqual([])
    expect(await history.search('hello', { limit: 9 })).toHaveLength(1)
  })

  it('is ordered by position, and what is removed is gone', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    for (const [id, position] of [['c', 3], ['a', 1], ['x', 2], ['b', 1.5]] as const) history.record(entry('a', position, message(id, id)))
    await history.flush()
    history.record({ type: 'remove', conversation: 'a', id: 'x' })
    expect((await history.entries('a')).map((kept) => kept.entry.id)).toEqual(['a', 'b', 'c'])
    expect((await history.entries('a', { limit: 1, offset: 1 })).map((kept) => kept.entry.id)).toEqual(['b'])
    expect(await history.search('x', { limit: 9 })).toEqual([])
  })

  it('does not hold up the rest when the database refuses it', async () => {
    const { history, log } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    history.record(entry('a', 1, message('1', 'before')))
    history.record(entry('a', 2, message('2', 'refused', { at: 1.5 })))
    history.record(entry('a', 3, message('3', 'behind')))
    expect(await history.flush()).toBe(true)
    expect((await history.entries('a')).map((kept) => kept.entry.text)).toEqual(['before', 'behind'])
    expect(log.lines.join('\n')).toContain('refused some')
  })

  it('is left out, without a word, when its conversation is not kept', async () => {
    const { history, log } = makeHistory()
    await history.open(file)
    history.record(entry('nobody', 1, message('1', 'lost')))
    history.record({ type: 'usage', conversation: 'nobody', row: { kind: 'response', id: 'r', model: 'm', usage: {}, at: 1 } })
    expect(await history.flush()).toBe(true)
    expect(await history.stats()).toMatchObject({ entries: 0 })
    expect(log.lines).toEqual([])
  })

  it('gets the last change as its end when Parley was killed', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    history.record(conversation('b', { started: 5, ended: 6 }))
    const before = Date.now()
    await history.close()
    const { history: again } = makeHistory()
    await again.open(file)
    const [a, b] = await again.conversations({ limit: 9 })
    expect(a?.ended).toBeGreaterThanOrEqual(before)
    expect(b).toMatchObject({ id: 'b', ended: 6 })
  })
})

describe('reading', () => {
  it('pages conversations from the newest', async () => {
    const { history } = makeHistory()
    await history.open(file)
    // Two that began in the same millisecond must not get lost between pages.
    for (const [id, started] of [['a', 1], ['b', 2], ['c', 2], ['d', 3]] as const) history.record(conversation(id, { started }))
    history.record(entry('b', 2, message('2', 'I speak')))
    history.record(entry('b', 1, message('1', 'Welcome', { role: 'assistant' })))
    history.record(entry('c', 1, message('1', 'Only me', { role: 'assistant' })))
    const first = await history.conversations({ limit: 2 })
    expect(first).toMatchObject([{ id: 'd', entries: 0, title: '' }, { id: 'c', entries: 1, title: 'Only me' }])
    expect(await history.conversations({ limit: 9, before: first[1]! })).toMatchObject([{ id: 'b', entries: 2, title: 'I speak' }, { id: 'a' }])
  })

  it('finds words by their beginning, without accents, in every order, newest first, and nothing by operators', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a'))
    const texts = ['Wie wird das Wetter in München?', 'The weather in Munich is fine.', '今日は東京の天気です', 'fine weather again', 'C++ "quoted" NOT']
    for (const [n, text] of texts.entries()) history.record(entry('a', n, message(`${n}`, text)))
    const found = async (text: string) => (await history.search(text, { limit: 9 })).map((hit) => hit.id)
    expect(await found('weather')).toEqual(['3', '1'])
    expect(await found('FINE weath')).toEqual(['3', '1'])
    expect(await found('munchen')).toEqual(['0'])
    expect(await found('東京')).toEqual(['2'])
    for (const odd of ['', '   ', '"', '*', '()', "'; DROP TABLE entries; --", 'text:wetter', 'NEAR(', '\0', '^', '-fine +']) await found(odd)
    expect(await found('NOT quoted')).toEqual(['4'])
    expect(await found('text:wetter')).toEqual([])
    expect(await history.stats()).toMatchObject({ entries: 5 })
  })

  it('marks what was found', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a', { started: 42 }))
    history.record(entry('a', 1, message('1', `${'far '.repeat(100)}the weather and the weather${' away'.repeat(100)}`)))
    const [hit] = await history.search('weather', { limit: 1 })
    expect(hit).toMatchObject({ conversation: 'a', started: 42, id: '1', role: 'user' })
    expect(hit?.excerpt.length).toBeLessThan(300)
    expect(hit?.marks.map(([from, to]) => hit.excerpt.slice(from, to))).toEqual(['weather', 'weather'])
  })

  it('exports a conversation with everything that belongs to it', async () => {
    const { history } = makeHistory()
    await history.open(file)
    history.record(conversation('a', { ended: 9 }))
    history.record(entry('a', 1, message('1', 'hello'), '1.wav'))
    history.record({ type: 'usage', conversation: 'a', row: { kind: 'transcription', id: '1', model: 'm', usage: { type: 'duration', seconds: 2 }, at: 7 } })
    const json: unknown = JSON.parse((await history.exportConversation('a')) ?? '')
    expect(json).toMatchObject({
      format: 'parley-conversation',
      version: 1,
      id: 'a',
      ended: 9,
      entries: [{ ...message('1', 'hello'), audioFile: '1.wav' }],
      usage: [{ kind: 'transcription', usage: { type: 'duration', seconds: 2 } }],
    })
    expect(await history.exportConversation('b')).toBeNull()
  })
})

describe('deleting', () => {
  async function filled() {
    const audioFolder = join(folder, 'data', 'audio')
    const made = makeHistory({ audioFolder })
    await made.history.open(file)
    for (const id of ['a', 'b']) {
      made.history.record(conversation(id))
      for (let n = 0; n < 40; n++) made.history.record(entry(id, n, message(`${n}`, `Geheimnis${id} `.repeat(50))))
      await mkdir(join(audioFolder, id), { recursive: true })
      await writeFile(join(audioFolder, id, '1.wav'), 'x')
    }
    await made.history.flush()
    return { ...made, audioFolder }
  }
  const bytes = async () => Buffer.concat(await Promise.all((await readdir(join(folder, 'data'), { withFileTypes: true })).filter((f) => f.isFile()).map((f) => readFile(join(folder, 'data', f.name)))))

  it('of one conversation leaves not a word of it in the file, and nothing comes back', async () => {
    const { history, audioFolder } = await filled()
    expect((await bytes()).includes('Geheimnisa')).toBe(true)
    history.record(entry('a', 50, message('50', 'Geheimnisa pending')))
    await history.deleteConversation('a')
    history.record(entry('a', 51, message('51', 'Geheimnisa late')))
    history.record(conversation('a'))
    await history.flush()
    expect((await history.conversations({ limit: 9 })).map(({ id }) => id)).toEqual(['b'])
    const left = await bytes()
    expect(left.includes('Geheimnisa')).toBe(false)
    expect(left.toString('latin1').toLowerCase()).not.toContain('geheimnisa')
    expect(left.includes('Geheimnisb')).toBe(true)
    expect(await readdir(audioFolder)).toEqual(['b'])
    expect(history.isDeleted('a')).toBe(true)
  })

  it('of everything leaves no file, not even what was set aside, and recording goes on', async () => {
    const { history } = await filled()
    await writeFile(join(folder, 'data', 'history.damaged-1.db'), 'x')
    await writeFile(join(folder, 'data', 'history.newer-2.db-wal'), 'x')
    await writeFile(join(folder, 'data', 'history-of-rome.db'), 'x')
    history.record(entry('a', 50, message('50', 'pending')))
    await history.deleteAll()
    history.record(entry('a', 51, message('51', 'late')))
    expect(await readdir(join(folder, 'data'))).toEqual(['history-of-rome.db'])
    expect(await history.conversations({ limit: 9 })).toEqual([])
    history.record(conversation('c'))
    history.record(entry('c', 1, message('1', 'new')))
    await wait(1)
    expect(await history.stats()).toMatchObject({ conversations: 1, entries: 1 })
  })
})
