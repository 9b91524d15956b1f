import { writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ConversationPatch } from '../../../../shared/conversation/model.ts'
import { History } from '../../../../main/storage/history/history.ts'
import { HistoryRecorder } from '../../../../main/storage/history/recorder.ts'
import { message, WORKER } from './fixtures.ts'

/**
 * Records steadily, one word every 8 ms and the sound of it, until it is killed. Before each word
 * it says which and when: `<number> <Unix ms>`.
 */
const file = process.argv[2] ?? ''
const audioFolder = join(dirname(file), 'audio')
const fail = (what: unknown): never => {
  writeSync(2, `${JSON.stringify(what)}\n`)
  process.exit(3)
}
const log = { info: () => undefined, warn: fail }
const history = new History({ workerFile: WORKER, audioFolder, log, onProblem: fail })
const recorder = new HistoryRecorder({
  history,
  keep: true,
  audioFolder: () => audioFolder,
  context: () => ({ endpoint: 'practice', model: 'm', persona: null }),
  newId: () => 'conv',
  now: Date.now,
  onProblem: fail,
})
await history.open(file)

const WORDS = 60
let entries = 0
let audio = recorder.beginAudio('item_0')
for (let word = 0; ; word++) {
  const patches: ConversationPatch[] = []
  const id = `item_${Math.floor(word / WORDS)}`
  if (word % WORDS === 0) {
    if (word > 0) {
      void audio?.end()
      audio = recorder.beginAudio(id)
    }
    patches.push({ op: 'put', index: entries++, entry: message(id, '', { textState: 'partial' }) })
  }
  patches.push({ op: 'append', id, text: ` ${word}` })
  writeSync(1, `${word} ${Date.now()}\n`)
  recorder.patches(patches)
  audio?.write(new Uint8Array(new Int16Array(96).fill(word % 30_000).buffer))
  await new Promise((resolve) => setTimeout(resolve, 8))
}
