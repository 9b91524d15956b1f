import captureWorkletUrl from './capture.worklet.ts?worker&url'
import playbackWorkletUrl from './playback.worklet.ts?worker&url'
import { setUpSoundRoom } from './room.ts'
import { receiveVoicePort } from './voice-port-handover.ts'

/** Entry of the hidden window that hears and speaks. */
const port = await receiveVoicePort()
const room = setUpSoundRoom({ port, captureWorkletUrl, playbackWorkletUrl })
// Also keeps the room, and with it the port, reachable for the life of the document.
window.addEventListener('pagehide', () => {
  room.dispose()
})
