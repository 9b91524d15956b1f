/**
 * `node scripts/node24.mjs FILE [ARGUMENTS]`: runs a script with the project's Node 24, whatever
 * Node the machine has, and ends as it ends.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { toolNode } from './lib/node.mjs'

const node = toolNode(fileURLToPath(new URL('..', import.meta.url)))
if ('remedy' in node) {
  console.error(node.remedy)
  process.exit(1)
}
const child = spawn(node.path, process.argv.slice(2), { stdio: 'inherit' })
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => child.kill(signal))
}
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
