import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'

/** Lines of the log that a diagnostics bundle holds. */
const LOG_LINES = 300

/** What Parley runs on; nothing that names the person or the computer. */
export function systemFacts(version: string): Record<string, unknown> {
  const { electron, chrome, node } = process.versions
  return {
    at: new Date().toISOString(),
    parley: version,
    electron: electron ?? null,
    chrome: chrome ?? null,
    node,
    system: `${process.platform} ${release()} ${process.arch}`,
    desktop: process.env['XDG_SESSION_TYPE'] ?? '',
  }
}

/** The newest lines of the log; empty when there is none. */
export async function logTail(folder: string): Promise<string[]> {
  try {
    const text = await readFile(join(folder, 'parley.log'), 'utf8')
    return text.trimEnd().split('\n').slice(-LOG_LINES)
  } catch (error) {
    void error // no log is no reason to have no bundle
    return []
  }
}
