import { describe, expect, it } from 'vitest'
import { bluetoothMicrophone } from '../../../main/voice/bluetooth.ts'

const inputs = [
  { deviceId: 'a', label: 'AirPods Pro (Bluetooth)' },
  { deviceId: 'b', label: 'USB Microphone' },
]

describe('bluetoothMicrophone', () => {
  it.each([
    ['AirPods Pro (Bluetooth)', true],
    ['Headset (WH-1000XM4 Hands-Free AG Audio)', true],
    ['bluez_input.38_18_4C', true],
    ['Built-in Audio Analog Stereo', false],
    ['Blue Yeti', false],
  ])('knows “%s”', (open, is) => {
    expect(bluetoothMicrophone({ open, wantedId: null, inputs: [], defaultInput: '' })).toBe(is ? open : null)
  })

  it('goes by the open one, else by the one that is chosen, else by the default', () => {
    expect(bluetoothMicrophone({ open: 'USB Microphone', wantedId: 'a', inputs, defaultInput: '' })).toBeNull()
    expect(bluetoothMicrophone({ open: '', wantedId: 'a', inputs, defaultInput: 'USB Microphone' })).toBe('AirPods Pro (Bluetooth)')
    expect(bluetoothMicrophone({ open: '', wantedId: 'b', inputs, defaultInput: 'AirPods' })).toBeNull()
    expect(bluetoothMicrophone({ open: '', wantedId: null, inputs, defaultInput: 'AirPods' })).toBe('AirPods')
    expect(bluetoothMicrophone({ open: '', wantedId: null, inputs, defaultInput: '' })).toBeNull()
  })
})
