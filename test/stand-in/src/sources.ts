import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { makeCodec } from './codec.ts'
import { installPageWorld } from './page-world.ts'
import { makeEmitterClass } from './preload-emitter.ts'
import { installPreloadWorld } from './preload-world.ts'
import type { PreloadScript, PreloadSetup } from './wire.ts'
import { joinWorlds } from './world-bridge.ts'

/** Name of the world that preloads run in; Electron's own. */
export const worldName = 'Electron Isolated Context'

/** What the page cannot guess: the worlds' meeting point, new for every launch. */
export const worldTag = `standIn${randomBytes(12).toString('hex')}`

const parameters = 'require, process, exports, module, global, Buffer, setImmediate, clearImmediate'

/** Source text for the page's own world. */
export function pageWorldSource(): string {
  return `(${installPageWorld.toString()})(${JSON.stringify(worldTag)}, ${joinWorlds.toString()})`
}

/** Source text for the isolated world, the preloads inside it as functions, as Electron compiles them. */
export function preloadWorldSource(paths: string[], process: Record<string, unknown>): string {
  const scripts: string[] = []
  const preloads = paths.map((path): PreloadScript => {
    try {
      const source = readFileSync(path, 'utf8')
      const compiled = `(function (${parameters}) {${source}\n})`
      new Script(compiled, { filename: path })
      scripts.push(compiled)
      return { path, error: null }
    } catch (error) {
      scripts.push('null')
      return { path, error: (error as Error).message }
    }
  })
  const setup: PreloadSetup = { tag: worldTag, preloads, process }
  return `(${installPreloadWorld.toString()})(${JSON.stringify(setup)}, {\n`
    + `makeCodec: ${makeCodec.toString()},\nmakeEmitterClass: ${makeEmitterClass.toString()},\njoinWorlds: ${joinWorlds.toString()},\n`
    + `scripts: [${scripts.join(',\n')}]})`
}
