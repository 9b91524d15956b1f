/**
 * `npm start [-- --electron | --stand-in] [-- ARGUMENTS OF THE APP]`: installs what is missing, builds what
 * is stale, opens the app. Runs on Node 20 before anything is installed.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open, prepare } from './lib/app.mjs'
import { install } from './lib/install.mjs'
import { commandNodeRemedy, toolNode } from './lib/node.mjs'
import { command, isEnding, lastLines, Remedy, run, say, seconds } from './lib/run.mjs'
import { staleTargets } from './lib/stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

await command(async () => {
  const old = commandNodeRemedy()
  if (old !== undefined) throw new Remedy(old)
  await install(root)
  const node = toolNode(root)
  if ('remedy' in node) throw new Remedy(node.remedy)
  await build(node.path)
  const app = await prepare(root, node.path, process.argv.slice(2))
  say('open', `Parley on ${app.name} (Ctrl+C ends it)`)
  const code = await open(root, node.path, app.args, app.env).ended
  say('end', code === 0 || isEnding() ? 'Parley has ended' : `Parley has ended with code ${code}`)
  return code
})

/** @param {string} node */
async function build(node) {
  const stale = staleTargets(root)
  if (stale.length === 0) return say('build', 'nothing is stale')
  say('build', stale.join(', '))
  const began = Date.now()
  const result = await run(node, [join(root, 'scripts/build.mjs')], { cwd: root, env: { ...process.env, NO_COLOR: '1' } })
  if (result.code !== 0) {
    console.error(lastLines(result.output, 30))
    throw new Remedy(
      /ENOSPC|no space left/i.test(result.output)
        ? `The disk is full. Free some space for ${root} and run the command again.`
        : 'The build failed; what it said is above. In an unchanged copy of Parley, "git status" shows what differs.',
    )
  }
  say('build', `done in ${seconds(began)}`)
}
