/** `openai`: its typed WebSocket client. It decodes no sound and keeps no conversation; what any user of it needs first is done here. */
import { connect } from 'node:net'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import type { Client } from '../lib/client.ts'

export function createClient(): Client {
  let realtime: OpenAIRealtimeWS | null = null
  let bytes = 0
  let characters = 0
  let last = ''
  let done: () => void = () => undefined
  return {
    async connect(url) {
      const api = new OpenAI({ apiKey: 'unused', baseURL: url.replace('ws:', 'http:').replace(/\/realtime$/, '') })
      const { hostname, port } = new URL(url)
      // It speaks nothing but wss; the others are measured without encryption, so it is given a plain socket under it.
      const createConnection = () => connect(Number(port), hostname)
      const made = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { createConnection } }, api)
      realtime = made
      made.on('error', (error) => {
        throw error
      })
      made.on('response.output_audio.delta', (event) => {
        bytes += Buffer.from(event.delta, 'base64').byteLength
      })
      made.on('response.output_audio_transcript.done', (event) => {
        characters += event.transcript.length
      })
      made.on('conversation.item.input_audio_transcription.completed', (event) => {
        characters += event.transcript.length
      })
      made.on('response.done', (event) => {
        if (event.response.id === last) done()
      })
      await new Promise<void>((resolve) => {
        made.on('session.created', () => {
          made.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } })
        })
        made.on('session.updated', () => {
          resolve()
        })
      })
    },
    onResponseDone(id, callback) {
      last = id
      done = callback
    },
    sendFrame(pcm) {
      realtime?.send({ type: 'input_audio_buffer.append', audio: Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64') })
    },
    buffered: () => realtime?.socket.bufferedAmount ?? 0,
    audioBytes: () => bytes,
    transcript: () => characters,
    updater: () => null,
    close() {
      realtime?.close()
    },
  }
}
