/**
 * A scripted Realtime server for tests: the real order of events and fields, server turn
 * detection by level, answers with any sound at any speed, and every fault on demand.
 *
 * ```ts
 * const server = await startRealtimeServer({ answer: { pcm: clip, text: 'Hi there!', speed: 8 }, hearing: 'Good morning.' })
 * // connect to server.url …
 * await server.waitFor('response.create')
 * server.connection.commits[0].pcm   // the person's turn, Int16Array at 24 kHz
 * server.truncates                   // what the client said was heard
 * await server.stop()
 * ```
 */
export { startRealtimeServer, RealtimeServer } from './server.ts'
export { ServerConnection, type Received, type Truncate } from './connection.ts'
export type { Answer, FailedOutcome, Hearing, RealtimeServerOptions, Turn, Upgrade } from './options.ts'
export type { Commit } from './protocol.ts'
export { tone, joinSamples, samplesOf, bytesOf } from './wire.ts'
export { rms } from './vad.ts'
export type { Json } from './wire.ts'
