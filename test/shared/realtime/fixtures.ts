import { readdirSync, readFileSync } from 'node:fs'

const ROOT = new URL('../../fixtures/realtime/', import.meta.url)

/** One example payload. */
export interface Fixture {
  name: string
  side: 'client' | 'server'
  /** Event type as the file name has it. */
  type: string
  text: string
}

export function fixtures(folder: 'events' | 'beta'): Fixture[] {
  return readdirSync(new URL(`${folder}/`, ROOT)).map((name) => {
    const [side, ...rest] = name.replace(/(?:\.2)?\.json$/, '').split('.')
    return {
      name,
      side: side === 'client' ? 'client' : 'server',
      type: rest.join('.'),
      text: readFileSync(new URL(`${folder}/${name}`, ROOT), 'utf8'),
    }
  })
}

/** One line of a recording. */
export interface Recorded {
  dir: 'client' | 'server'
  event: Record<string, unknown> & { type: string }
}

export const RECORDINGS = readdirSync(new URL('recordings/', ROOT))

export function recording(name: string): Recorded[] {
  const lines = readFileSync(new URL(`recordings/${name}`, ROOT), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Recorded)
}
