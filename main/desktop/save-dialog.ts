import { join } from 'node:path'
import type { BrowserWindow, Dialog } from 'electron'

export interface SaveDialogDeps {
  dialog: Pick<Dialog, 'showSaveDialog'>
  /** The window that the dialog belongs to; null while there is none. */
  window: () => BrowserWindow | null
  /** Where a file is proposed to be written. */
  documents: () => string
}

const NAMES = { md: 'Markdown', json: 'JSON', jsonl: 'JSON lines' } as const

/** The system's own dialog for where to write a file; null when the person turned back. */
export function saveDialog(deps: SaveDialogDeps): (name: string, kind: keyof typeof NAMES) => Promise<string | null> {
  return async (name, kind) => {
    const options = { defaultPath: join(deps.documents(), name), filters: [{ name: NAMES[kind], extensions: [kind] }] }
    const window = deps.window()
    const answer = await (window ? deps.dialog.showSaveDialog(window, options) : deps.dialog.showSaveDialog(options))
    return answer.canceled || answer.filePath === '' ? null : answer.filePath
  }
}
