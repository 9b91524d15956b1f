import type { AudioDevice } from '../../shared/voice-port.ts'

/**
 * Names by which a Bluetooth microphone is known: Chromium appends "(Bluetooth)" on Windows and
 * macOS, Windows names the call profile, Linux the transport. One that says none of this is not told apart.
 */
const BLUETOOTH = /bluetooth|bluez|hands-?free|\b(?:HFP|HSP)\b|\bAirPods\b/i

/** What is known of the microphone that is wanted, before and while it is open. */
export interface MicrophoneNames {
  /** Of the open one; empty: none is open. */
  open: string
  /** null: the system's default. */
  wantedId: string | null
  inputs: readonly AudioDevice[]
  /** Name of the system's default input; empty: not known. */
  defaultInput: string
}

/** The Bluetooth microphone that is used or would be; null: it is another kind, or not known. */
export function bluetoothMicrophone({ open, wantedId, inputs, defaultInput }: MicrophoneNames): string | null {
  const wanted = wantedId === null ? defaultInput : (inputs.find(({ deviceId }) => deviceId === wantedId)?.label ?? defaultInput)
  const name = open === '' ? wanted : open
  return BLUETOOTH.test(name) ? name : null
}
