import type { IpcMainEvent, MessageChannelMain, MessagePortMain } from 'electron'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SoundRoom } from '../../../main/desktop/sound-room.ts'
import type { SoundPortEvent } from '../../../main/voice/sound-port.ts'
import { SOUND_READY_CHANNEL } from '../../../shared/ipc.ts'
import type { FromSoundRoom, ToSoundRoom } from '../../../shared/voice-port.ts'
import { createChannel, FakeWindow, frame, memoryLog, strict } from './fakes.ts'

const rooms: SoundRoom[] = []

beforeEach(() => {
  // Messages between the ports are real and travel in real time; only waiting is not.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  for (const room of rooms.splice(0)) room.dispose()
  vi.useRealTimers()
})

/** Waits for messages that are under way. */
async function until(condition: () => boolean): Promise<void> {
  for (let n = 0; n < 2000; n++) {
    if (condition()) return
    await new Promise((done) => setImmediate(done))
  }
  throw new Error('This did not happen.')
}

/** Long enough for a message that should not have been sent to arrive. */
async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await new Promise((done) => setImmediate(done))
}

/** The page's side of one room. */
class Page {
  readonly window: FakeWindow
  readonly heard: ToSoundRoom[] = []
  port: MessagePortMain | null = null
  ended = false

  constructor(window: FakeWindow) {
    this.window = window
  }

  /** What the preload does after `load`. */
  knock(nonce = 'nonce'): void {
    const event = strict<IpcMainEvent>('event', { sender: this.window.webContents, senderFrame: frame() })
    this.window.contents.ipc.emit(SOUND_READY_CHANNEL, event, nonce)
    const posted = this.window.contents.posted.at(-1)
    const [port] = posted?.ports ?? []
    if (port === undefined || port === this.port) return
    this.port = port
    port.on('message', (event) => this.heard.push(event.data as ToSoundRoom))
    port.on('close', () => (this.ended = true))
    port.start()
  }

  say(message: unknown): void {
    this.port?.postMessage(message)
  }
}

function setUp() {
  const pages: Page[] = []
  const channels: MessageChannelMain[] = []
  const heard: SoundPortEvent[] = []
  const log = memoryLog()
  const room = new SoundRoom({
    createWindow: () => {
      const page = new Page(new FakeWindow({ show: false }))
      pages.push(page)
      return page.window.face
    },
    createChannel: () => {
      const channel = createChannel()
      channels.push(channel)
      return channel
    },
    log,
  })
  rooms.push(room)
  room.listen((message) => heard.push(message))
  const page = (): Page => {
    const last = pages.at(-1)
    if (last === undefined) throw new Error('no room')
    return last
  }
  const types = (): string[] => heard.map((message) => message.type)
  const ready = async (): Promise<void> => {
    const before = heard.length
    page().knock()
    page().say({ type: 'ready' } satisfies FromSoundRoom)
    await until(() => heard.slice(before).some((message) => message.type === 'ready'))
  }
  const kill = (): void => {
    page().window.contents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 })
  }
  return { room, pages, page, channels, heard, types, ready, kill, log }
}

const mic = (seq: number, pcm = new Uint8Array(960)): FromSoundRoom => ({ type: 'frame', seq, firstFrame: seq * 480, peak: 0, rms: 0, pcm })
const level: FromSoundRoom = { type: 'level', peak: 0, rms: 0 }
const playing = (framesPlayed: number): FromSoundRoom => ({
  type: 'playback',
  playing: framesPlayed < 4800 ? { response_id: 'r', item_id: 'i', content_index: 0 } : null,
  tracks: [{ response_id: 'r', item_id: 'i', content_index: 0, framesPlayed, framesReceived: 4800, complete: true }],
  peak: 0,
  rms: 0,
  starvations: 0,
  starvedFrames: 0,
})

describe('a room', () => {
  it('gets its page, and its end of the port under the nonce of its document', async () => {
    const { room, page, ready, types } = setUp()
    room.start()
    room.start()
    expect(page().window.loaded).toEqual(['app://parley/sound.html'])
    expect(page().window.contents.posted).toEqual([])
    await ready()
    expect(page().window.contents.posted).toMatchObject([{ channel: 'voice-port', message: { nonce: 'nonce' } }])
    expect(types()).toEqual(['ready'])
  })

  it('gives no port to a stranger', () => {
    const { room, page, channels } = setUp()
    room.start()
    const { contents, webContents } = page().window
    const senderFrame = frame({ origin: 'https://evil.example' })
    contents.ipc.emit(SOUND_READY_CHANNEL, strict<IpcMainEvent>('event', { sender: webContents, senderFrame }), 'n')
    expect([contents.posted, channels]).toEqual([[], []])
  })

  it('is heard in order', async () => {
    const { room, page, ready, heard } = setUp()
    room.start()
    await ready()
    for (let seq = 0; seq < 50; seq++) page().say(mic(seq))
    page().say({ type: 'capture_mode', request: 1, mode: 'muted' } satisfies FromSoundRoom)
    await until(() => heard.length === 52)
    expect(heard.slice(1, 51).map((message) => (message.type === 'frame' ? message.seq : -1))).toEqual(
      Array.from({ length: 50 }, (_, n) => n),
    )
    expect(heard[51]).toEqual({ type: 'capture_mode', request: 1, mode: 'muted' })
  })

  it('is told things in order, from before it was ready as well, and before the listener knows', async () => {
    const { room, page, heard } = setUp()
    room.post({ type: 'list_devices' })
    room.start()
    room.post({ type: 'open_microphone', request: 1, deviceId: null })
    page().knock()
    await settle()
    expect(page().heard).toEqual([])
    room.listen((message) => {
      heard.push(message)
      if (message.type === 'ready') room.post({ type: 'close_microphone' })
    })
    page().say({ type: 'ready' })
    await until(() => page().heard.length === 3)
    expect(page().heard.map((message) => message.type)).toEqual(['list_devices', 'open_microphone', 'close_microphone'])
  })

  it('gets sound as exact-size bytes, whatever it was cut from', async () => {
    const { room, page, ready } = setUp()
    room.start()
    await ready()
    const pool = Buffer.alloc(65_536, 7)
    room.post({ type: 'audio', response_id: 'r', item_id: 'i', content_index: 0, pcm: pool.subarray(10, 970) })
    await until(() => page().heard.length === 1)
    const [message] = page().heard
    if (message?.type !== 'audio') throw new Error('no audio')
    expect([message.pcm.constructor, message.pcm.byteLength, message.pcm.buffer.byteLength]).toEqual([Uint8Array, 960, 960])
  })

  it('gives sound as exact-size bytes', async () => {
    const { room, page, ready, heard } = setUp()
    room.start()
    await ready()
    page().say(mic(0, new Uint8Array(5000).subarray(100, 1060)))
    await until(() => heard.length === 2)
    const message = heard[1]
    if (message?.type !== 'frame') throw new Error('no frame')
    expect([message.pcm.byteLength, message.pcm.buffer.byteLength]).toEqual([960, 960])
  })

  it('is not believed when it talks nonsense, or before it is ready, or too fast', async () => {
    const { room, page, heard, types, log } = setUp()
    room.start()
    page().knock()
    page().say(level)
    page().say({ type: 'ready' })
    page().say({ type: 'crashed' })
    page().say({ type: 'frame', pcm: 'x' })
    page().say({ type: 'ready' })
    for (let seq = 0; seq < 1000; seq++) page().say(mic(seq))
    page().say({ type: 'microphone_ended' } satisfies FromSoundRoom)
    await until(() => heard.at(-1)?.type === 'microphone_ended')
    // Four seconds of twice real time: 400 frames.
    expect(types().filter((type) => type === 'frame')).toHaveLength(400)
    expect(new Set(types())).toEqual(new Set(['ready', 'frame', 'microphone_ended']))
    // The first is told; the flood does not fill the log.
    expect(log.lines).toEqual([expect.stringContaining('sent before ready')])
  })

  it('may not flood main with any message', async () => {
    const { room, page, ready, heard } = setUp()
    room.start()
    await ready()
    for (let n = 0; n < 3000; n++) page().say(level)
    await until(() => heard.length >= 1200)
    await settle()
    expect(heard.length).toBe(1200)
  })

  it('tells a listener that comes late, and not one that left', async () => {
    const { room, ready } = setUp()
    room.start()
    await ready()
    const late: string[] = []
    room.listen((message) => late.push(message.type))
    expect(late).toEqual([])
    await settle()
    expect(late).toEqual(['ready'])
    const gone: string[] = []
    room.listen((message) => gone.push(message.type)).dispose()
    await settle()
    expect(gone).toEqual([])
  })

  it('goes on when its listener throws', async () => {
    const { room, page, ready, log } = setUp()
    room.start()
    await ready()
    const seen: string[] = []
    room.listen((message) => {
      seen.push(message.type)
      throw new Error('bad listener')
    })
    page().say(level)
    page().say(level)
    await until(() => seen.length === 3)
    expect(log.lines.filter((line) => line.includes('bad listener'))).toHaveLength(3)
  })
})

describe('a room that dies', () => {
  const deaths: [string, (set: ReturnType<typeof setUp>) => void | Promise<void>][] = [
    ['its process is gone', ({ kill }) => kill()],
    ['its window is closed', ({ page }) => page().window.destroy()],
    ['its port is closed', ({ page }) => page().port?.close()],
    ['its page is loaded again', ({ page }) => page().knock('another document')],
  ]
  it.each(deaths)('because %s is told once, and made again', async (_why, die) => {
    const set = setUp()
    const { room, pages, page, ready, types, kill } = set
    room.start()
    await ready()
    const old = page()
    await die(set)
    await until(() => types().includes('crashed'))
    vi.advanceTimersByTime(100)
    expect(pages).toHaveLength(2)
    await ready()
    await until(() => old.window.destroyed && old.ended)
    // Late news of the old room change nothing.
    old.window.contents.emit('render-process-gone', {}, { reason: 'killed', exitCode: 9 })
    old.say(level)
    await settle()
    expect([types(), pages.length]).toEqual([['ready', 'crashed', 'ready'], 2])
    kill()
    expect(types().at(-1)).toBe('crashed')
  })

  it('takes what waited with it, and what is said while there is none waits for the next', async () => {
    const { room, page, ready, kill, types } = setUp()
    room.start()
    room.post({ type: 'list_devices' })
    kill()
    expect(types()).toEqual(['crashed'])
    room.post({ type: 'close_microphone' })
    vi.advanceTimersByTime(100)
    await ready()
    await until(() => page().heard.length > 0)
    await settle()
    expect(page().heard).toEqual([{ type: 'close_microphone' }])
  })

  it('cannot load its page', async () => {
    const pages: FakeWindow[] = []
    const heard: string[] = []
    const room = new SoundRoom({
      createWindow: () => {
        const window = new FakeWindow()
        window.loading = Promise.reject(new Error('ERR_FILE_NOT_FOUND'))
        pages.push(window)
        return window.face
      },
      createChannel,
      log: memoryLog(),
    })
    rooms.push(room)
    room.listen((message) => heard.push(message.type))
    room.start()
    for (const [n, wait] of [100, 1000, 4000].entries()) {
      await until(() => heard.length === n + 1)
      vi.advanceTimersByTime(wait - 1)
      expect(pages).toHaveLength(n + 1)
      vi.advanceTimersByTime(1)
    }
    await until(() => heard.includes('gave_up'))
    vi.advanceTimersByTime(600_000)
    expect([heard, pages.length]).toEqual([['crashed', 'crashed', 'crashed', 'crashed', 'gave_up'], 4])
  })

  it('four times in a row is given up, until it is asked for', async () => {
    const { room, pages, ready, kill, types } = setUp()
    room.start()
    for (const wait of [100, 1000, 4000]) {
      await ready()
      kill()
      vi.advanceTimersByTime(wait)
    }
    await ready()
    kill()
    vi.advanceTimersByTime(600_000)
    expect([types().slice(-2), pages.length]).toEqual([['crashed', 'gave_up'], 4])
    room.post({ type: 'list_devices' })
    room.start()
    await ready()
    await settle()
    expect([types().at(-1), pages.length, pages.at(-1)?.heard]).toEqual(['ready', 5, []])
  })

  it('now and then is made again for ever', async () => {
    const { room, pages, ready, kill, types } = setUp()
    room.start()
    for (let n = 0; n < 6; n++) {
      await ready()
      vi.advanceTimersByTime(60_000)
      kill()
      vi.advanceTimersByTime(100)
    }
    expect([pages.length, types().includes('gave_up')]).toEqual([7, false])
  })

  it('is not made again once Parley ends', async () => {
    const { room, pages, page, ready, types } = setUp()
    room.start()
    await ready()
    room.dispose()
    await until(() => page().window.destroyed)
    room.start()
    room.post({ type: 'list_devices' })
    vi.advanceTimersByTime(60_000)
    expect([pages.length, types()]).toEqual([1, ['ready']])
  })

  it('is not made again when Parley ends while it waits', () => {
    const { room, pages, kill } = setUp()
    room.start()
    kill()
    room.dispose()
    vi.advanceTimersByTime(60_000)
    expect(pages).toHaveLength(1)
  })
})

describe('a room that falls silent', () => {
  /** Lets time pass as it does: in seconds. */
  const seconds = (n: number): void => {
    for (let s = 0; s < n; s++) vi.advanceTimersByTime(1000)
  }

  async function said(set: ReturnType<typeof setUp>, ...messages: FromSoundRoom[]): Promise<void> {
    const before = set.heard.length
    for (const message of messages) set.page().say(message)
    await until(() => set.heard.length === before + messages.length)
  }

  async function begun() {
    const set = setUp()
    set.room.start()
    await set.ready()
    return set
  }

  it('has 20 s to begin', async () => {
    const { room, types } = setUp()
    room.start()
    seconds(20)
    expect(types()).toEqual([])
    seconds(1)
    expect(types()).toEqual(['crashed'])
  })

  it('may be silent while it owes nothing', async () => {
    const set = await begun()
    seconds(600)
    set.room.post({ type: 'open_microphone', request: 1, deviceId: null }) // a permission prompt may stay open
    seconds(600)
    expect(set.types()).toEqual(['ready'])
  })

  it.each(['armed', 'live'] as const)('is dead 5 s after its last word while the microphone is %s', async (mode) => {
    const set = await begun()
    seconds(60)
    await said(set, { type: 'capture_mode', request: 1, mode })
    seconds(4)
    await said(set, level)
    seconds(5)
    expect(set.types()).not.toContain('crashed')
    seconds(1)
    expect(set.types().at(-1)).toBe('crashed')
  })

  it.each<[string, FromSoundRoom]>([
    ['muted', { type: 'capture_mode', request: 2, mode: 'muted' }],
    ['off', { type: 'capture_mode', request: 2, mode: 'off' }],
    ['gone', { type: 'microphone_ended' }],
  ])('may be silent once the microphone is %s', async (_what, message) => {
    const set = await begun()
    await said(set, { type: 'capture_mode', request: 1, mode: 'live' }, message)
    seconds(60)
    expect(set.types()).not.toContain('crashed')
  })

  it('is dead when it stops in the middle of an answer, not at its end', async () => {
    const middle = await begun()
    await said(middle, playing(480))
    seconds(6)
    expect(middle.types().at(-1)).toBe('crashed')
    const end = await begun()
    await said(end, playing(480), playing(4800))
    seconds(60)
    expect(end.types()).not.toContain('crashed')
  })

  it('is dead when it does not answer a flush, unless the speaker is broken', async () => {
    const answered = await begun()
    answered.room.post({ type: 'flush', generation: 1, response_ids: [] })
    await said(answered, { type: 'flushed', generation: 1, tracks: [] })
    seconds(60)
    expect(answered.types()).not.toContain('crashed')

    const silent = await begun()
    seconds(60)
    silent.room.post({ type: 'flush', generation: 1, response_ids: [] })
    seconds(5)
    expect(silent.types()).not.toContain('crashed')
    seconds(1)
    expect(silent.types().at(-1)).toBe('crashed')

    const broken = await begun()
    await said(broken, { type: 'speaker_problem', broken: true, message: '' })
    broken.room.post({ type: 'flush', generation: 1, response_ids: [] })
    seconds(60)
    expect(broken.types()).not.toContain('crashed')
  })

  it('is not blamed for the sleep of the computer', async () => {
    const set = await begun()
    await said(set, { type: 'capture_mode', request: 1, mode: 'live' })
    seconds(2)
    // The clock jumps without a tick in between.
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 3_600_000)
    vi.advanceTimersByTime(1000)
    expect(set.types()).not.toContain('crashed')
    clock.mockRestore()
  })
})
