import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, start, which } from './run.mjs'

/**
 * Whether programs find a sound server or a sound card here.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function hasSound(env = process.env) {
  if (process.platform !== 'linux') return true
  if (existsSync('/dev/snd') && readdirSync('/dev/snd').some((name) => name.startsWith('controlC'))) return true
  if (which('pactl', env) !== undefined) {
    // `pactl` itself starts a server where it may; that would be nobody's.
    const result = await run('pactl', ['info'], { env: { ...env, PULSE_NO_AUTOSPAWN: '1' }, limitMs: 3000 })
    return result.code === 0
  }
  const runtime = env.XDG_RUNTIME_DIR
  return runtime !== undefined && (existsSync(join(runtime, 'pulse/native')) || existsSync(join(runtime, 'pipewire-0')))
}

/**
 * Starts a private PulseAudio with a speaker nobody hears and a microphone fed by what is played
 * into the sink `parley_room`.
 * @returns {Promise<{env: NodeJS.ProcessEnv, server: string} | {failed: string}>} environment for programs that should use it
 */
export async function startSoundCard() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sound-'))
  const server = `unix:${folder}/native`
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  // Shared memory makes PulseAudio 16 abort when a client is killed; 44.1 kHz would resample twice.
  writeFileSync(join(folder, 'client.conf'), 'enable-shm = no\nautospawn = no\n')
  writeFileSync(join(folder, 'daemon.conf'), 'default-sample-rate = 48000\nenable-shm = no\n')
  const env = {
    ...process.env,
    PULSE_CLIENTCONFIG: join(folder, 'client.conf'),
    PULSE_CONFIG: join(folder, 'daemon.conf'),
    PULSE_RUNTIME_PATH: folder,
    PULSE_STATE_PATH: folder,
    PULSE_SERVER: server,
  }
  const modules = [
    `module-native-protocol-unix socket=${folder}/native auth-anonymous=1`,
    'module-null-sink sink_name=parley_speaker rate=48000 sink_properties=device.description=Virtual-speaker',
    'module-null-sink sink_name=parley_room rate=48000 sink_properties=device.description=Virtual-room',
    'module-remap-source source_name=parley_microphone master=parley_room.monitor source_properties=device.description=Virtual-microphone',
  ]
  const child = start(
    'pulseaudio',
    ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes', '--log-level=error', '--realtime=no', '--high-priority=no', ...modules.flatMap((line) => ['-L', line])],
    { env: { ...env, PULSE_SERVER: undefined }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let errors = ''
  child.stderr?.on('data', (/** @type {Buffer} */ chunk) => (errors += chunk.toString('utf8')))
  child.on('error', (error) => (errors += error.message))
  for (let attempt = 0; attempt < 50; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    if (child.exitCode !== null || child.pid === undefined) break
    if (!existsSync(join(folder, 'native'))) continue
    const chosen = await run('pactl', ['set-default-sink', 'parley_speaker'], { env, limitMs: 2000 })
    if (chosen.code !== 0) continue
    await run('pactl', ['set-default-source', 'parley_microphone'], { env, limitMs: 2000 })
    return { env, server }
  }
  return { failed: errors.trim() || 'it did not answer within 5 s' }
}
