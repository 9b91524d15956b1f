/** What Node makes of the stand-in's sources and of the app it keeps for the next launch: most of what a launch takes of this process. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, '../../../.cache/stand-in'))
await import('./boot.ts')
