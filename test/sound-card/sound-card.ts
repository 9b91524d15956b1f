import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeRealTime, Precedence } from './precedence.ts'

/** Sample rate of recordings, Hz. */
export const RECORD_RATE = 24_000

const START_TIMEOUT_MS = 5000
/** Buffer of what is spoken, ms: with 20 ms a busy machine tears holes into the sentence. The first sample is heard after 10–40 ms whatever the buffer. */
const SPEAK_BUFFER_MS = 500

/** A recording in progress. */
export interface Recording {
  /** Samples recorded so far, at {@link RECORD_RATE}. */
  frames(): number
  /** What has been recorded so far. */
  soFar(): Int16Array
  /** Ends the recording and returns all of it: 16-bit mono at {@link RECORD_RATE}. */
  stop(): Promise<Int16Array>
}

/** A virtual sound card of its own: a speaker that can be recorded and a microphone that can be spoken into. */
export interface SoundCard {
  /** To be added to the environment of whatever is to use this sound card. */
  readonly env: Readonly<Record<string, string>>
  /** Plays a WAV file (best at 48 kHz) into the microphone, or into what another sink feeds; resolves when its last sample was played. Aborting stops it. */
  speak(wavPath: string, options?: { signal?: AbortSignal; sink?: string }): Promise<void>
  /**
   * Begins to record what the speaker plays (or what the microphone hears, or what another sink plays).
   * Resolves when samples flow. The card runs at 48 kHz, so a recording may lie half a sample beside
   * the original; the correlation of speech is then about 0.985.
   */
  record(source?: 'speaker' | 'microphone' | { sink: string }): Promise<Recording>
  /** Lets the speaker be heard by the microphone after `delayMs`, like a loudspeaker in a room; returns the way to end it. */
  leak(delayMs?: number): Promise<() => void>
  /**
   * Lets all programs that use this card now, and the sound processes they start later, go before others, so that a
   * busy machine makes no gaps; where that is not allowed it does nothing. To be called when Chromium runs. Returns
   * how many processes were found.
   */
  favour(): number
  /** Runs `pactl` against this card and returns what it prints; throws when it fails. */
  pactl(...args: string[]): string
  /** Ends everything that the card started and removes its files. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts a private PulseAudio with a null sink as speaker and another one as microphone. Needs
 * Debian's `pulseaudio` and `pulseaudio-utils`; needs no hardware, no D-Bus and no particular user.
 */
export async function startSoundCard(): Promise<SoundCard> {
  const dir = mkdtempSync(join(tmpdir(), 'parley-sound-'))
  const socket = join(dir, 'pulse.sock')
  writeConfiguration(dir, socket)
  const env = {
    XDG_RUNTIME_DIR: dir,
    PULSE_RUNTIME_PATH: dir,
    PULSE_SERVER: `unix:${socket}`,
    PULSE_CLIENTCONFIG: join(dir, 'client.conf'),
  }
  const processEnv = { ...process.env, ...env, PULSE_CONFIG: join(dir, 'daemon.conf'), HOME: dir }
  const children = new Set<ChildProcess>()
  const start = (command: string, args: string[]): ChildProcess => {
    // Ends with this process, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { env: processEnv, stdio: ['ignore', 'pipe', 'pipe'] })
    children.add(child)
    child.once('close', () => children.delete(child))
    // Without a listener a command that is not installed would end this process; callers see it as an early end.
    child.once('error', () => children.delete(child))
    return child
  }
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
  process.once('exit', killAll)

  const server = start('pulseaudio', ['-n', '-F', join(dir, 'card.pa'), '--daemonize=no', '--use-pid-file=no', '--disable-shm=yes'])
  const said = collectText(server)
  try {
    await waitForSocket(socket, server)
  } catch (error) {
    killAll()
    process.removeListener('exit', killAll)
    throw new Error(`PulseAudio did not start: ${said() || String(error)}`, { cause: error })
  }
  if (server.pid !== undefined) makeRealTime(server.pid)
  const precedence = new Precedence('PULSE_SERVER', env.PULSE_SERVER)

  const pactl = (...args: string[]): string => {
    const result = spawnSync('pactl', args, { env: processEnv, encoding: 'utf8', timeout: 5000 })
    if (result.status !== 0) throw new Error(`pactl ${args.join(' ')}: ${result.stderr}`)
    return result.stdout.trim()
  }

  return {
    env,
    pactl,
    speak: (wavPath, { signal, sink = 'micsink' } = {}) =>
      finished(start('paplay', [`--device=${sink}`, `--latency-msec=${String(SPEAK_BUFFER_MS)}`, wavPath]), signal),
    record: async (source = 'speaker') =>
      startRecording(
        start('parec', [
          `--device=${pulseSource(source)}`,
          '--format=s16le',
          `--rate=${String(RECORD_RATE)}`,
          '--channels=1',
          '--latency-msec=5',
          '--raw',
        ]),
      ),
    leak: async (delayMs = 40) => {
      // Both ends run on one clock: to adjust the rate would only make the echo wander.
      const module = pactl('load-module', 'module-loopback', 'source=spk.monitor', 'sink=micsink', `latency_msec=${String(delayMs)}`, 'adjust_time=0')
      await sleep(200)
      return () => {
        pactl('unload-module', module)
      }
    },
    favour: () => precedence.giveWay(),
    stop: async () => {
      precedence.stop()
      process.removeListener('exit', killAll)
      const ended = Promise.all([...children].map((child) => new Promise((resolve) => child.once('close', resolve))))
      // Nothing of it is worth a tidy end, and a tidy end takes PulseAudio more than a second.
      killAll()
      await ended
    },
  }
}

function pulseSource(source: 'speaker' | 'microphone' | { sink: string }): string {
  if (typeof source === 'object') return `${source.sink}.monitor`
  return source === 'speaker' ? 'spk.monitor' : 'virtmic'
}

function writeConfiguration(dir: string, socket: string): void {
  writeFileSync(
    join(dir, 'daemon.conf'),
    // 48 kHz throughout, or PulseAudio resamples to 44.1 kHz and back; no shared memory, or version 16 aborts when a client is killed.
    `default-sample-rate = 48000
alternate-sample-rate = 48000
default-sample-channels = 2
enable-shm = no
flat-volumes = no
exit-idle-time = -1
realtime-scheduling = no
high-priority = no
`,
  )
  writeFileSync(join(dir, 'client.conf'), 'autospawn = no\nenable-shm = no\n')
  writeFileSync(
    join(dir, 'card.pa'),
    // Without norewinds an idle sink works in blocks of 2 s, and whoever begins to listen waits so long.
    // Chromium hides monitor sources, hence the remapped one. The door comes last: once it is open, all else is there.
    `load-module module-null-sink sink_name=spk rate=48000 channels=2 norewinds=1 sink_properties=device.description=TestSpeaker
load-module module-null-sink sink_name=micsink rate=48000 channels=1 norewinds=1 sink_properties=device.description=MicFeed
load-module module-remap-source master=micsink.monitor source_name=virtmic source_properties=device.description=TestMic
set-default-sink spk
set-default-source virtmic
load-module module-native-protocol-unix auth-anonymous=1 socket=${socket}
`,
  )
}

async function waitForSocket(path: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  let failed: string | null = null
  server.once('error', (error) => (failed = error.message))
  for (;;) {
    if (await canConnect(path)) return
    if (failed !== null) throw new Error(failed)
    if (server.exitCode !== null) throw new Error(`it ended with code ${String(server.exitCode)}`)
    if (Date.now() > deadline) throw new Error(`no answer within ${String(START_TIMEOUT_MS)} ms`)
    await sleep(10)
  }
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}

/** Gathers what a process prints on its error output. */
function collectText(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-2000)
  })
  return () => text.trim()
}

function finished(child: ChildProcess, signal: AbortSignal | undefined): Promise<void> {
  const said = collectText(child)
  const abort = (): void => {
    child.kill('SIGKILL')
  }
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      signal?.removeEventListener('abort', abort)
      if (code === 0 || signal?.aborted) resolve()
      else reject(new Error(`${child.spawnargs.join(' ')} ended with code ${String(code)}: ${said()}`))
    })
  })
}

async function startRecording(child: ChildProcess): Promise<Recording> {
  const said = collectText(child)
  const chunks: Buffer[] = []
  let bytes = 0
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      reject(new Error(`parec ended: ${said()}`))
    })
    child.stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      resolve()
    })
  })
  const soFar = (): Int16Array => {
    const all = new Uint8Array(bytes & ~1)
    let at = 0
    for (const chunk of chunks) {
      all.set(chunk.subarray(0, all.length - at), at)
      at += chunk.length
    }
    return new Int16Array(all.buffer)
  }
  return {
    frames: () => bytes >> 1,
    soFar,
    stop: async () => {
      child.kill('SIGTERM')
      await closed
      return soFar()
    },
  }
}
