import { basename, dirname } from 'node:path'
import type { ConversationEntry } from '../../shared/conversation/model.ts'
import { failure, FailureError } from '../../shared/failure.ts'
import type { RequestHandlers } from '../bridge.ts'
import type { Log } from '../log.ts'
import { errorCode, writeAtomically } from '../storage/atomic-file.ts'
import { asJson, asMarkdown } from './conversation-export.ts'

/** The requests that write files where a person chooses, and open those that Parley has. */
export type FileRequests = Pick<RequestHandlers, 'conversation.export' | 'diagnostics.save' | 'logs.show' | 'licences.show'>

export interface FileRequestsDeps {
  log: Log
  /** Asks where to write; null: the person turned back. @param kind the file's ending */
  askWhereTo: (name: string, kind: 'md' | 'json' | 'jsonl') => Promise<string | null>
  entries: () => readonly ConversationEntry[]
  language: () => 'en' | 'de'
  version: string
  /** The content of a diagnostics bundle. */
  diagnostics: (options: { words: boolean }) => Promise<string>
  showLogs: () => void
  /** Path of the licences of what Parley is made with; `npm run package` writes it. */
  licences: string
  /** Opens a file with the program that the system has for it; answers why not, empty when it did. */
  openPath: (path: string) => Promise<string>
  now?: () => number
}

/** What these requests do. A file is whole or is not there. */
export function fileRequests(deps: FileRequestsDeps): FileRequests {
  const now = deps.now ?? Date.now

  /** @throws FailureError when the file cannot be written */
  async function save(name: string, kind: 'md' | 'json' | 'jsonl', content: () => string | Promise<string>): Promise<boolean> {
    const file = await deps.askWhereTo(`${name}.${kind}`, kind)
    if (file === null) return false
    try {
      await writeAtomically(file, await content())
      return true
    } catch (error) {
      const code = errorCode(error)
      deps.log.warn('A file could not be written.', code)
      throw new FailureError(failure(FAILURES[code] ?? 'file_failed', { file: basename(file) }, ['retry', 'dismiss']))
    }
  }

  return {
    'conversation.export': (format) => {
      const at = now()
      const options = { language: deps.language(), now: at, version: deps.version }
      return format === 'json'
        ? save(`Parley ${stamp(at)}`, 'json', () => asJson(deps.entries(), options))
        : save(`Parley ${stamp(at)}`, 'md', () => asMarkdown(deps.entries(), options))
    },
    'diagnostics.save': (options) => save(`Parley diagnostics ${stamp(now())}`, 'jsonl', () => deps.diagnostics(options)),
    'logs.show': () => {
      deps.showLogs()
    },
    'licences.show': async () => {
      const why = await deps.openPath(deps.licences)
      if (why === '') return
      deps.log.warn('The licences could not be opened.', why)
      throw new FailureError(failure('file_unopened', { file: basename(deps.licences), folder: dirname(deps.licences) }, ['dismiss']))
    },
  }
}

const FAILURES: Readonly<Record<string, 'file_full' | 'file_denied'>> = {
  ENOSPC: 'file_full',
  EDQUOT: 'file_full',
  EACCES: 'file_denied',
  EPERM: 'file_denied',
  EROFS: 'file_denied',
}

/** Date and time as part of a file's name on every system: `2026-11-20 14.03`. */
function stamp(at: number): string {
  const date = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}.${two(date.getMinutes())}`
}
