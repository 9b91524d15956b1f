import { ipcRenderer } from 'electron'

// Hands the voice port from main to the sound room's page, and nothing else: nothing is exposed.
// The names are spelled out because a value from the contract would bring zod along; the compiler
// holds them to it.
const VOICE_PORT_CHANNEL: typeof import('../shared/ipc.ts').VOICE_PORT_CHANNEL = 'voice-port'
const SOUND_READY_CHANNEL: typeof import('../shared/ipc.ts').SOUND_READY_CHANNEL = 'sound-ready'

/** Names this document: a port that was meant for an earlier one is not passed on. */
const nonce = crypto.randomUUID()
let handedOver = false

ipcRenderer.on(VOICE_PORT_CHANNEL, (event, message: unknown) => {
  const [port] = event.ports
  if (port === undefined) return
  const mine = typeof message === 'object' && message !== null && 'nonce' in message && message.nonce === nonce
  if (!mine || handedOver || event.ports.length !== 1) {
    for (const stray of event.ports) stray.close()
    return
  }
  handedOver = true
  // A port cannot cross the context bridge. The target is this very document, whatever its origin is called.
  window.postMessage({ parley: 'voice-port' }, location.origin, [port])
})

// After `load` the page's scripts have run and its listener for the port exists.
window.addEventListener('load', () => ipcRenderer.send(SOUND_READY_CHANNEL, nonce), { once: true })
