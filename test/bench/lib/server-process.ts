/**
 * The loopback server, in a process of its own so that its work is nobody's: sends a stream of
 * turns as fast as the client takes it, and counts what it is sent.
 */
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { session, turnFrames, type TurnShape } from './turns.ts'

export type ToServer =
  /** Sends turns at the pace at which they are spoken. */
  | { do: 'pace'; turns: number; shape: TurnShape }
  | { do: 'stream'; turns: number; from: number; shape: TurnShape }
  | { do: 'expect'; appends: number }
export type FromServer =
  | { is: 'listening'; port: number }
  /** Unix ms with fractions: the first `session.update` of a connection came. */
  | { is: 'session_update'; at: number }
  | { is: 'streamed' }
  /** All the appends that were expected came. */
  | { is: 'received'; bytes: number }

/** Unsent bytes above which the server waits for the client. */
const AHEAD = 4 * 1024 * 1024

let socket: WebSocket | null = null
let appends = 0
let bytes = 0
let expected = Infinity
let updated = false

const say = (message: FromServer): void => {
  process.send?.(message)
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, maxPayload: 0 }, () => {
  say({ is: 'listening', port: (server.address() as AddressInfo).port })
})

server.on('connection', (ws) => {
  socket = ws
  updated = false
  appends = 0
  bytes = 0
  ws.on('error', () => ws.terminate())
  ws.send(JSON.stringify({ type: 'session.created', event_id: 'event_created', session: session() }))
  ws.on('message', (data: Buffer) => {
    // Appends are told by their length and beginning: parsing 15 000 of them would slow the client down through the socket.
    if (data.length > 600 && data.subarray(0, 200).includes('input_audio_buffer.append')) {
      appends++
      bytes += data.length
      if (appends === expected) say({ is: 'received', bytes })
      return
    }
    const event = JSON.parse(data.toString()) as { type: string }
    if (event.type !== 'session.update') return
    ws.send(JSON.stringify({ type: 'session.updated', event_id: 'event_updated', session: session() }))
    if (!updated) say({ is: 'session_update', at: performance.timeOrigin + performance.now() })
    updated = true
  })
})

async function stream(ws: WebSocket, { turns, from, shape }: Extract<ToServer, { do: 'stream' }>): Promise<void> {
  for (let turn = from; turn < from + turns; turn++) {
    for (const frame of turnFrames(turn, shape)) ws.send(frame)
    while (ws.bufferedAmount > AHEAD) await new Promise((resolve) => setTimeout(resolve, 1))
    if (turn % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  say({ is: 'streamed' })
}

async function pace(ws: WebSocket, { turns, shape }: Extract<ToServer, { do: 'pace' }>): Promise<void> {
  const began = performance.now()
  let sound = 0
  for (let turn = 0; turn < turns; turn++) {
    for (const frame of turnFrames(turn, shape)) {
      ws.send(frame)
      if (!frame.startsWith('{"type":"response.output_audio.delta"')) continue
      sound += shape.deltaMs
      const wait = began + sound - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

process.on('message', (message: ToServer) => {
  if (message.do === 'pace') {
    if (socket) void pace(socket, message)
  } else if (message.do === 'expect') {
    expected = message.appends
    if (appends >= expected) say({ is: 'received', bytes })
  } else if (socket) {
    void stream(socket, message)
  }
})
process.on('disconnect', () => process.exit())
