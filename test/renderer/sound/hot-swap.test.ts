import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findGaps, findSound, longestGapMs, placeOf, startSoundCard, sweep, type SoundCard } from '../../sound-card/index.ts'
import { FakeMain, launchChromium, serveSoundRoom, type SoundRoomSite } from './harness.ts'

/** Tones of the two microphones, Hz. */
const [FIRST, SECOND] = [400, 1000]

describe('devices that come and go, in Chromium', () => {
  let card: SoundCard
  let site: SoundRoomSite
  let browser: Browser
  let main: FakeMain

  beforeAll(async () => {
    card = await startSoundCard()
    site = await serveSoundRoom()
    browser = await launchChromium(card.env)
    main = await FakeMain.open(browser, site.url, { processing: false })
    await main.until('ready')
    card.favour()
  })

  afterAll(async () => {
    await browser.close()
    site.close()
    await card.stop()
  })

  /** A microphone that hears a tone. Returns the way to pull it out. */
  function plugInMicrophone(name: string, hz: number): () => void {
    const modules = [
      card.pactl('load-module', 'module-null-sink', `sink_name=${name}-feed`, 'rate=48000', 'norewinds=1'),
      card.pactl('load-module', 'module-sine', `sink=${name}-feed`, `frequency=${String(hz)}`),
      card.pactl('load-module', 'module-remap-source', `master=${name}-feed.monitor`, `source_name=${name}`, `source_properties=device.description=${name}`),
    ]
    return () => {
      for (const module of modules.reverse()) card.pactl('unload-module', module)
    }
  }

  function plugInSpeaker(name: string): string {
    return card.pactl('load-module', 'module-null-sink', `sink_name=${name}`, 'rate=48000', 'norewinds=1', `sink_properties=device.description=${name}`)
  }

  /** What the sound room lists. Chromium itself sees now what has come or gone, and acts on it, since no udev tells it here. */
  async function list(): Promise<Extract<Awaited<ReturnType<FakeMain['received']>>[number], { type: 'devices' }>> {
    const before = (await main.ofType('devices')).length
    await main.post({ type: 'list_devices' })
    await expect.poll(async () => (await main.ofType('devices')).length).toBeGreaterThan(before)
    const listed = (await main.ofType('devices')).at(-1)
    if (!listed) throw new Error('no list came')
    return listed
  }

  function idOf(devices: readonly { deviceId: string; label: string }[], label: string): string {
    const found = devices.find((device) => device.label === label)
    if (!found) throw new Error(`${label} is not among ${devices.map((device) => device.label).join(', ')}`)
    return found.deviceId
  }

  async function openMicrophone(deviceId: string | null): Promise<void> {
    const request = main.nextRequest()
    await main.post({ type: 'open_microphone', request, deviceId })
    expect(await main.until('microphone', (m) => m.request === request)).toMatchObject({ state: 'open' })
  }

  async function capture(mode: 'live' | 'armed'): Promise<void> {
    const request = main.nextRequest()
    await main.post({ type: 'capture', request, mode, preRollMs: 0 })
    await main.until('capture_mode', (m) => m.request === request)
  }

  async function heard(): Promise<Int16Array> {
    const frames = await main.ofType('frame')
    expect(frames.map((f) => f.firstFrame)).toEqual(frames.map((_, i) => (frames[0]?.firstFrame ?? 0) + i * 480))
    return Int16Array.from(frames.flatMap((f) => [...(f.samples ?? [])]))
  }

  /** How strong a tone is in 20 ms, 0–1. */
  function strength(samples: Int16Array, hz: number): number {
    let [re, im] = [0, 0]
    for (const [i, sample] of samples.entries()) {
      re += sample * Math.cos((2 * Math.PI * hz * i) / 24_000)
      im += sample * Math.sin((2 * Math.PI * hz * i) / 24_000)
    }
    return (2 * Math.hypot(re, im)) / samples.length / 32_768
  }

  it('hears one microphone until the other one gives sound: no hole in mid-turn', async () => {
    const pullOut = [plugInMicrophone('first', FIRST), plugInMicrophone('second', SECOND)]
    const { inputs } = await list()
    await openMicrophone(idOf(inputs, 'first'))
    await capture('live')
    await sleep(1500)
    await main.forget()
    await openMicrophone(idOf(inputs, 'second'))
    await sleep(800)
    const sound = await heard()
    await main.post({ type: 'close_microphone' })
    await main.until('capture_mode', (m) => m.mode === 'off')
    for (const pull of pullOut) pull()
    const pieces = Array.from({ length: Math.floor(sound.length / 480) }, (_, i) => sound.subarray(i * 480, (i + 1) * 480))
    const [before, after] = [FIRST, SECOND].map((hz) => pieces.map((piece) => strength(piece, hz) > 0.2))
    expect(before?.[0]).toBe(true)
    expect(after?.at(-1)).toBe(true)
    expect(before?.at(-1)).toBe(false)
    // A busy machine tears 21 ms (a block of the system's) out of a stream that begins; without the other one's help there are 55 or more.
    expect(findGaps(sound, 40)).toEqual([])
    await main.forget()
  })

  it('says that a chosen microphone was pulled out, and has it again when it is back', async () => {
    const pullOut = plugInMicrophone('usb', FIRST)
    const id = idOf((await list()).inputs, 'usb')
    await openMicrophone(id)
    await capture('live')
    pullOut()
    expect((await list()).inputs.map((device) => device.deviceId)).not.toContain(id)
    await main.until('microphone_ended')
    await openMicrophone(null)
    await capture('live')
    const pullOutAgain = plugInMicrophone('usb', FIRST)
    expect((await list()).inputs.map((device) => device.deviceId)).toContain(id)
    await main.forget()
    await openMicrophone(id)
    await expect.poll(async () => strength((await main.ofType('frame')).at(-1)?.samples ?? new Int16Array(480), FIRST)).toBeGreaterThan(0.2)
    expect(await main.ofType('microphone_ended')).toEqual([])
    await main.post({ type: 'close_microphone' })
    await main.until('capture_mode', (m) => m.mode === 'off')
    pullOutAgain()
    await main.forget()
  })

  it('goes on at the default when the chosen speaker is pulled out in mid-answer, and back to it, without loss', async () => {
    const answer = sweep(10_000)
    const module = plugInSpeaker('headphones')
    const id = idOf((await list()).outputs, 'headphones')
    await main.post({ type: 'output_device', deviceId: id })
    await sleep(1000)
    const [speaker, first] = [await card.record(), await card.record({ sink: 'headphones' })]
    const track = { response_id: 'r', item_id: 'i', content_index: 0 }
    const chunks = Array.from({ length: answer.length / 4800 }, (_, i) => answer.slice(i * 4800, (i + 1) * 4800))
    await main.post(...chunks.map((samples) => ({ type: 'audio' as const, ...track, samples })), { type: 'audio_done', ...track })
    await sleep(1500)
    const usb = first.soFar()
    card.pactl('unload-module', module)
    // As main does when the list is without it.
    await list()
    await main.post({ type: 'output_device', deviceId: null })
    await sleep(6000)
    const again = plugInSpeaker('headphones')
    expect(idOf((await list()).outputs, 'headphones')).toBe(id)
    const second = await card.record({ sink: 'headphones' })
    await main.post({ type: 'output_device', deviceId: id })
    await main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === answer.length))
    await sleep(300)
    const [ours, usbAgain] = [await speaker.stop(), await second.stop()]
    await first.stop()
    await main.post({ type: 'output_device', deviceId: null })
    const [on, back] = [findSound(ours), findSound(usbAgain)]
    if (!on || !back) throw new Error('the sound did not follow')
    const left = placeOf(answer, usb, (findSound(usb)?.endMs ?? 0), 'before')
    const places = {
      arrived: placeOf(answer, ours, on.startMs, 'after') - left,
      back: placeOf(answer, usbAgain, back.startMs, 'after') - placeOf(answer, ours, on.endMs, 'before'),
      end: placeOf(answer, usbAgain, back.endMs, 'before'),
    }
    // What the device that went away had not played is gone with it: the more the busier the machine is.
    expect(Math.abs(places.arrived)).toBeLessThan(300)
    expect(longestGapMs(ours)).toBeLessThan(1000)
    // The last sample decays for 5 ms, which belongs to no place.
    expect(places.back).toBeGreaterThan(-6)
    expect(places.back).toBeLessThan(1)
    expect(Math.abs(places.end - 10_000)).toBeLessThan(6)
    expect((await main.ofType('speaker_problem')).filter((m) => m.broken)).toEqual([])
    card.pactl('unload-module', again)
  })
})
