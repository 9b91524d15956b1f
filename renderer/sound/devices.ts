import type { Disposable } from '../../shared/disposable.ts'
import type { AudioDevice } from '../../shared/voice-port.ts'

/** Plugging in a headset makes several events; so long they are gathered, ms. */
const DEBOUNCE_MS = 300
/** Chromium's names for what `null` means to Parley. */
const PSEUDO_DEVICES = new Set(['', 'default', 'communications'])

/** Sound devices of the system, without the entries that merely stand for its default, and what its default input is. */
export async function listDevices(): Promise<{ inputs: AudioDevice[]; outputs: AudioDevice[]; defaultInput: string }> {
  const all = await navigator.mediaDevices.enumerateDevices()
  const standsIn = all.find((device) => device.kind === 'audioinput' && device.deviceId === 'default')
  // The entry's own name is "Default - …" in the language of the browser; the group tells the device itself.
  const meant = all.find((device) => device.kind === 'audioinput' && device !== standsIn && device.groupId === standsIn?.groupId)
  const ofKind = (kind: MediaDeviceKind): AudioDevice[] =>
    all
      .filter((device) => device.kind === kind && !PSEUDO_DEVICES.has(device.deviceId))
      .map(({ deviceId, label }) => ({ deviceId, label }))
  return { inputs: ofKind('audioinput'), outputs: ofKind('audiooutput'), defaultInput: meant?.label ?? standsIn?.label ?? '' }
}

/** Calls `onChange` when devices came or went. */
export function setUpDeviceWatch(onChange: () => void): Disposable {
  let timer = 0
  const changed = (): void => {
    window.clearTimeout(timer)
    timer = window.setTimeout(onChange, DEBOUNCE_MS)
  }
  navigator.mediaDevices.addEventListener('devicechange', changed)
  return {
    dispose() {
      window.clearTimeout(timer)
      navigator.mediaDevices.removeEventListener('devicechange', changed)
    },
  }
}
