import { disposeAll, type Disposable } from '../../shared/disposable.ts'
import type { FromSoundRoom, ToSoundRoom } from '../../shared/voice-port.ts'
import { messageOf } from './audio-context.ts'
import { listDevices, setUpDeviceWatch } from './devices.ts'
import { Microphone } from './microphone.ts'
import { Speaker } from './speaker.ts'

export interface SoundRoomOptions {
  /** This end of the voice port; kept as long as the room lives. */
  port: MessagePort
  captureWorkletUrl: string
  playbackWorkletUrl: string
}

/**
 * The sound room: joins microphone and speaker to the voice port (design §3). Posts `ready` when
 * both are prepared; commands that come earlier are carried out in order. Undone when the other
 * end of the port closes.
 */
export function setUpSoundRoom({ port, captureWorkletUrl, playbackWorkletUrl }: SoundRoomOptions): Disposable {
  // Never with a transfer list: towards main a transferred buffer empties the message (electron/electron#34905).
  const post = (message: FromSoundRoom): void => {
    port.postMessage(message)
  }
  const microphone = new Microphone({ workletUrl: captureWorkletUrl, post })
  const speaker = new Speaker({ workletUrl: playbackWorkletUrl, post })

  const postDevices = (): void => {
    listDevices().then(
      ({ defaultOutput, ...devices }) => {
        post({ type: 'devices', ...devices })
        speaker.defaultIs(defaultOutput)
      },
      (error: unknown) => {
        console.warn('The sound devices could not be listed:', messageOf(error))
      },
    )
  }

  const receive = (message: ToSoundRoom): void => {
    switch (message.type) {
      case 'open_microphone':
        void microphone.open(message.request, message.deviceId, message.fresh)
        break
      case 'close_microphone':
        microphone.close()
        break
      case 'capture':
        microphone.capture(message.request, message.mode, message.preRollMs)
        break
      case 'audio':
      case 'audio_done':
      case 'flush':
      case 'speaker':
      case 'cue':
        speaker.send(message)
        break
      case 'output_device':
        speaker.chooseOutput(message.deviceId)
        break
      case 'list_devices':
        postDevices()
        break
    }
  }

  const room = disposeAll([
    microphone,
    speaker,
    setUpDeviceWatch(postDevices),
  ])

  void Promise.all([speaker.start(), microphone.prepare()]).then(() => {
    post({ type: 'ready' })
    port.onmessage = (event: MessageEvent<ToSoundRoom>) => {
      receive(event.data)
    }
  })
  port.addEventListener('close', () => {
    room.dispose()
  })
  return room
}
