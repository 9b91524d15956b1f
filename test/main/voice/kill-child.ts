import { writeSync } from 'node:fs'
import { RealtimeEngine } from '../../../main/voice/realtime-engine.ts'
import { VoiceSession } from '../../../main/voice/session.ts'
import type { SessionOptions } from '../../../main/voice/session-options.ts'
import { Questions } from '../../../main/voice/tools/questions.ts'
import { ToolRegistry } from '../../../main/voice/tools/registry.ts'
import { History } from '../../../main/storage/history/history.ts'
import { HistoryRecorder } from '../../../main/storage/history/recorder.ts'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import { WORKER } from '../storage/history/fixtures.ts'
import { sessionDefaults } from './session-defaults.ts'
import { SimulatedRoom } from './simulated-room.ts'
import { wireTo } from './wire-to.ts'

/**
 * A conversation as the app has it, with a server elsewhere, recorded to a file until it is
 * killed. Says of every word that reaches it: `<item id> <Unix ms> <JSON of the word>`.
 */
const [file = '', url = ''] = process.argv.slice(2)
const fail = (what: unknown): never => {
  writeSync(2, `${what instanceof Error ? String(what.stack) : JSON.stringify(what)}\n`)
  process.exit(3)
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

const tell = (id: string, words: string): void => {
  writeSync(1, `${id} ${Date.now()} ${JSON.stringify(words)}\n`)
}
const history = new History({ workerFile: WORKER, audioFolder: null, log: { info: () => undefined, warn: fail }, onProblem: fail })
const recorder = new HistoryRecorder({
  history,
  keep: true,
  audioFolder: () => null,
  context: () => ({ endpoint: 'compatible', model: 'm', persona: null }),
  newId: () => 'conv',
  now: Date.now,
  onProblem: fail,
})
await history.open(file)

let ids = 0
const conversation = new Conversation({
  now: Date.now,
  newId: () => `item_typed${String(++ids)}`,
  onPatches: (patches) => {
    recorder.patches(patches)
  },
})
const room = new SimulatedRoom()
const registry = new ToolRegistry()
const options: SessionOptions = {
  ...sessionDefaults(),
  sound: room,
  conversation,
  createEngine: () => new RealtimeEngine(wireTo({ url }, { fault: fail })),
  tools: { registry, questions: new Questions({ onChange: () => undefined }), onView: () => undefined, onFault: (_name, error) => fail(error) },
  onServerEvent: (event) => {
    if (event.type === 'response.output_audio_transcript.delta') tell(event.item_id, event.delta)
  },
}
const session = new VoiceSession(options)
room.emit({ type: 'ready' })
session.start()

/** The person: a spoken turn, then a typed one into the answer, and so on. */
let turns = 0
let waited = 0
setInterval(() => {
  room.run(20, () => undefined)
  room.speaker = []
  room.posted.length = 0
  waited += 20
  if (waited < 1500 || session.status.state === 'connecting') return
  waited = 0
  turns++
  if (turns % 2 === 1) {
    session.press()
    setTimeout(() => {
      session.release()
    }, 300)
  } else if (session.sendText(`Typed ${String(turns)}`)) tell(`item_typed${String(ids)}`, `Typed ${String(turns)}`)
}, 20)
