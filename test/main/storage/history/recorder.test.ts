import fc from 'fast-check'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { Conversation } from '../../../../shared/conversation/conversation.ts'
import { applyPatch, type ConversationEntry, type ConversationPatch } from '../../../../shared/conversation/model.ts'
import { HistoryDatabase } from '../../../../main/storage/history/database.ts'
import { HistoryRecorder, type HistoryRecorderOptions } from '../../../../main/storage/history/recorder.ts'
import { MIGRATIONS } from '../../../../main/storage/history/schema.ts'
import { keyOf, type HistoryChange } from '../../../../main/storage/history/types.ts'
import { makeHistory, message, temporaryFolder, toolCall } from './helpers.ts'

/** The real database in memory behind the recorder, without the thread between them. */
function inMemory() {
  const database = new DatabaseSync(':memory:')
  for (const step of MIGRATIONS) database.exec(step)
  const kept = new HistoryDatabase(database, ':memory:')
  const pending = new Map<string, HistoryChange>()
  return {
    kept,
    pending,
    history: {
      record: (change: HistoryChange) => void pending.set(keyOf(change), change),
      isDeleted: () => false,
      onFresh: () => ({ dispose: () => undefined }),
    },
    write: () => {
      expect(kept.write([...pending.values()], 1)).toBe(0)
      pending.clear()
    },
  }
}

function makeRecorder(history: HistoryRecorderOptions['history'], change: Partial<HistoryRecorderOptions> = {}) {
  let next = 0
  return new HistoryRecorder({
    history,
    keep: true,
    audioFolder: () => null,
    context: () => ({ endpoint: 'practice', model: '', persona: null }),
    newId: () => `conv_${++next}`,
    now: () => 77,
    onProblem: () => undefined,
    ...change,
  })
}

const put = (index: number, entry: ConversationEntry): ConversationPatch => ({ op: 'put', index, entry })

it('keeps exactly what a window shows, after any patches and any batches', () => {
  const id = fc.integer({ min: 0, max: 12 }).map(String)
  const word = fc.string({ maxLength: 4 })
  const patch: fc.Arbitrary<ConversationPatch> = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.nat({ max: 14 }), id, word).map(([index, of, text]) => put(index, message(of, text))) },
    { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 14 }), id).map(([index, of]) => put(index, toolCall(of))) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('append' as const), id, text: word }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('arguments' as const), id, text: word }) },
    { weight: 2, arbitrary: id.map((of) => ({ op: 'heard' as const, id: of, heard: { ms: 1.5, audioMs: 3, chars: 1, cut: false } })) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('remove' as const), id }) },
  )
  const { kept, history, write } = inMemory()
  let run = 0
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(patch, { minLength: 1, maxLength: 4 }), fc.boolean()), { maxLength: 25 }), (batches) => {
      run++
      const recorder = makeRecorder(history, { newId: () => `run_${run}` })
      let shown: readonly ConversationEntry[] = []
      for (const [patches, written] of batches) {
        recorder.patches(patches)
        shown = patches.reduce(applyPatch, shown)
        if (written) write()
      }
      write()
      expect(kept.entries(`run_${run}`, -1, 0).map(({ entry }) => entry)).toEqual(shown)
    }),
    { numRuns: 150 },
  )
})

it('keeps the order when hundreds are put into the same gap', () => {
  const { kept, history, write } = inMemory()
  const recorder = makeRecorder(history)
  let shown: readonly ConversationEntry[] = []
  const apply = (patch: ConversationPatch) => {
    recorder.patches([patch])
    shown = applyPatch(shown, patch)
  }
  apply(put(0, message('first', '')))
  apply(put(1, message('last', '')))
  for (let n = 0; n < 300; n++) {
    apply(put(1 + (n % 2), message(`${n}`, '')))
    if (n % 7 === 0) write()
  }
  write()
  expect(kept.entries('conv_1', -1, 0).map(({ entry }) => entry.id)).toEqual(shown.map((entry) => entry.id))
})

it('records an event of a long conversation without looking at the rest of it', () => {
  const { history, pending } = inMemory()
  const recorder = makeRecorder(history)
  for (let n = 0; n < 5_000; n++) recorder.patches([put(n, message(`${n}`, 'x'))])
  pending.clear()
  recorder.patches([{ op: 'append', id: '4999', text: 'y' }])
  recorder.patches([put(5_000, message('5000', 'z'))])
  recorder.patches([{ op: 'remove', id: '2500' }])
  expect([...pending.values()].map((change) => change.type)).toEqual(['entry', 'entry', 'remove'])
})

it('begins a conversation with its first entry, describes and ends it, and begins the next', () => {
  const { kept, history, write } = inMemory()
  const recorder = makeRecorder(history)
  recorder.describe({ model: 'nobody yet' })
  expect(recorder.conversationId).toBeNull()
  recorder.patches([put(0, message('1', 'one', { at: 5 }))])
  recorder.describe({ model: 'gpt-realtime-2.1' })
  recorder.usage({ kind: 'response', id: 'r1', model: 'm', usage: { total_tokens: 3 }, at: 6 })
  recorder.end()
  // What belongs to the first conversation may still be completed.
  recorder.patches([{ op: 'append', id: '1', text: ' more' }])
  recorder.usage({ kind: 'transcription', id: '1', model: 'm', usage: { type: 'duration', seconds: 1 }, at: 8 })
  recorder.patches([put(1, message('2', 'two', { at: 9 }))])
  write()
  expect(kept.conversations(9, null)).toEqual([
    { id: 'conv_2', started: 9, ended: null, endpoint: 'practice', model: '', persona: null, entries: 1, title: 'two' },
    { id: 'conv_1', started: 5, ended: 77, endpoint: 'practice', model: 'gpt-realtime-2.1', persona: null, entries: 1, title: 'one more' },
  ])
  expect(JSON.parse(kept.export('conv_1') ?? '')).toMatchObject({ usage: [{ id: 'r1' }, { id: '1' }] })
})

it('a cleared window keeps its history', () => {
  const { kept, history, write } = inMemory()
  const recorder = makeRecorder(history)
  recorder.patches([put(0, message('1', 'one'))])
  recorder.patches([{ op: 'clear' }, put(0, message('1', 'another'))])
  write()
  expect(['conv_1', 'conv_2'].map((id) => kept.entries(id, -1, 0)[0]?.entry.text)).toEqual(['one', 'another'])
})

it('“keep no history”: nothing is written, no file is made, and what was said stays out when it is turned on', async () => {
  const folder = await temporaryFolder()
  const { history } = makeHistory()
  await history.open(join(folder, 'history.db'))
  const recorder = makeRecorder(history, { keep: false, audioFolder: () => join(folder, 'audio') })
  recorder.patches([put(0, message('1', 'secret'))])
  recorder.usage({ kind: 'response', id: 'r', model: 'm', usage: {}, at: 1 })
  expect(recorder.beginAudio('1')).toBeNull()
  await history.flush()
  expect(await readdir(folder)).toEqual([])
  recorder.setKeep(true)
  recorder.patches([put(0, message('2', 'open')), { op: 'append', id: '1', text: ' still' }])
  await history.flush()
  recorder.setKeep(false)
  recorder.patches([{ op: 'append', id: '2', text: ' then secret' }, put(2, message('3', 'secret'))])
  expect(await history.conversations({ limit: 9 })).toMatchObject([{ entries: 1, ended: 77 }])
  expect((await history.entries('conv_1')).map(({ entry }) => entry.text)).toEqual(['open'])
})

it('what is deleted while it goes on does not come back; what follows is a new conversation', async () => {
  const folder = await temporaryFolder()
  const { history } = makeHistory()
  await history.open(join(folder, 'history.db'))
  const recorder = makeRecorder(history)
  recorder.patches([put(0, message('1', 'first'))])
  await history.flush()
  await history.deleteConversation('conv_1')
  recorder.patches([{ op: 'append', id: '1', text: ' more' }])
  recorder.patches([put(1, message('2', 'second'))])
  expect(await history.conversations({ limit: 9 })).toMatchObject([{ id: 'conv_2', entries: 1 }])
  await history.deleteAll()
  recorder.patches([put(2, message('3', 'third'))])
  expect(await history.conversations({ limit: 9 })).toMatchObject([{ id: 'conv_3', entries: 1, title: 'third' }])
})

it('a real conversation, through the thread, with sound', async () => {
  const folder = await temporaryFolder()
  const { history } = makeHistory({ audioFolder: join(folder, 'audio') })
  await history.open(join(folder, 'history.db'))
  const recorder = makeRecorder(history, { audioFolder: () => join(folder, 'audio') })
  const conversation = new Conversation({ now: () => 1, newId: () => 'item_typed', onPatches: (patches) => recorder.patches(patches) })
  // The sound of the first turn comes before anything is shown.
  const audio = recorder.beginAudio(null)
  audio?.write(new Uint8Array(480))
  conversation.apply({ type: 'input_audio_buffer.committed', event_id: 'e1', item_id: 'item_1', previous_item_id: null })
  audio?.name('item_1')
  await audio?.end()
  conversation.addTyped('And in writing')
  expect(await history.entries('conv_1')).toEqual(conversation.entries.map((entry, n) => ({ entry, audioFile: n === 0 ? 'item_1.wav' : null })))
  expect(await readdir(join(folder, 'audio', 'conv_1'))).toEqual(['item_1.wav'])
  recorder.patches([{ op: 'remove', id: 'item_1' }])
  await expect.poll(() => readdir(join(folder, 'audio', 'conv_1'))).toEqual([])
})
