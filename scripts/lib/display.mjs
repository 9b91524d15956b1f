import { Remedy, start } from './run.mjs'

/**
 * Whether there is a display to open windows on.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [platform]
 */
export function hasDisplay(env = process.env, platform = process.platform) {
  return platform !== 'linux' || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY)
}

/**
 * Starts a private X server on a free display; it picks the number itself, so two never collide.
 * @param {string} [size] width x height x depth
 * @returns {Promise<string>} value for DISPLAY
 * @throws {Remedy}
 */
export function startDisplay(size = '1280x1024x24') {
  return new Promise((resolve, reject) => {
    const child = start('Xvfb', ['-displayfd', '3', '-screen', '0', size, '-nolisten', 'tcp', '-noreset'], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    let number = ''
    const give = setTimeout(() => reject(new Remedy(`The virtual display did not start within 10 s. Xvfb said: ${errors.trim() || 'nothing'}`)), 10_000)
    child.stderr?.on('data', (/** @type {Buffer} */ chunk) => (errors += chunk.toString('utf8')))
    child.stdio[3]?.on('data', (/** @type {Buffer} */ chunk) => {
      number += chunk.toString('utf8')
      if (!number.endsWith('\n')) return
      clearTimeout(give)
      resolve(`:${number.trim()}`)
    })
    const failed = (/** @type {string} */ what) => {
      clearTimeout(give)
      reject(new Remedy(`The virtual display ended at once (${what}). Xvfb said: ${errors.trim() || 'nothing'}. Check that /tmp can be written to, then run the command again.`))
    }
    child.on('error', (error) => failed(error.message))
    child.on('exit', (code) => failed(`code ${String(code)}`))
  })
}
