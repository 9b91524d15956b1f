import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './bundle.ts'

/** Names of the peers as they stand in results, with the version that is installed. */
export const PEERS = {
  agents: named('@openai/agents-realtime', 'agents'),
  openai: named('openai', 'openai'),
  wavtools: named('wavtools', 'wavtools'),
  elevenlabs: named('@elevenlabs/client', 'ElevenLabs'),
  onended: 'onended (naive)',
} as const

function named(folder: string, name: string): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'node_modules', folder, 'package.json'), 'utf8')) as { version: string }
  return `${name} ${manifest.version}`
}
