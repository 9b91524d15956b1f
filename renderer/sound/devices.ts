import type { Disposable } from '../../shared/disposable.ts'
import type { AudioDevice } from '../../shared/voice-port.ts'

/** Plugging in a headset makes several events; so long they are gathered, ms. */
const DEBOUNCE_MS = 300
/** Chromium's names for what `null` means to Parley. */
const PSEUDO_DEVICES = new Set(['', 'default', 'communications'])

/** Sound devices of the system, without the entries that merely stand for its default, and the names of those it stands for; empty: not known. */
export async function listDevices(): Promise<{ inputs: AudioDevice[]; outputs: AudioDevice[]; defaultInput: string; defaultOutput: string }> {
  const all = await navigator.mediaDevices.enumerateDevices()
  // The entry's own name is "Default - …" in the language of the browser; the group tells the device itself.
  const defaultOf = (kind: MediaDeviceKind): string => {
    const standsIn = all.find((device) => device.kind === kind && device.deviceId === 'default')
    const meant = all.find((device) => device.kind === kind && device !== standsIn && device.groupId === standsIn?.groupId)
    return meant?.label ?? standsIn?.label ?? ''
  }
  const ofKind = (kind: MediaDeviceKind): AudioDevice[] =>
    all
      .filter((device) => device.kind === kind && !PSEUDO_DEVICES.has(device.deviceId))
      .map(({ deviceId, label }) => ({ deviceId, label }))
  return { inputs: ofKind('audioinput'), outputs: ofKind('audiooutput'), defaultInput: defaultOf('audioinput'), defaultOutput: defaultOf('audiooutput') }
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
