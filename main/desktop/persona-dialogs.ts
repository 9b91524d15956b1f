import { join } from 'node:path'
import type { BrowserWindow, Dialog } from 'electron'

/** A persona's file is plain JSON, so that it can be read and written anywhere. */
const FILTERS = [{ name: 'JSON', extensions: ['json'] }]

export interface PersonaDialogsDeps {
  dialog: Pick<Dialog, 'showOpenDialog' | 'showSaveDialog'>
  /** The window that the dialogs belong to; null while there is none. */
  window: () => BrowserWindow | null
  /** Where a file is proposed to be written. */
  documents: () => string
}

/** The system's own dialogs for the files of personas. Each answers a path, or null when the person turned back. */
export function personaDialogs(deps: PersonaDialogsDeps): { askForFile: () => Promise<string | null>; askWhereTo: (name: string) => Promise<string | null> } {
  return {
    askForFile: async () => {
      const options = { properties: ['openFile' as const], filters: FILTERS }
      const window = deps.window()
      const answer = await (window ? deps.dialog.showOpenDialog(window, options) : deps.dialog.showOpenDialog(options))
      return answer.canceled ? null : (answer.filePaths[0] ?? null)
    },
    askWhereTo: async (name) => {
      const options = { defaultPath: join(deps.documents(), name), filters: FILTERS }
      const window = deps.window()
      const answer = await (window ? deps.dialog.showSaveDialog(window, options) : deps.dialog.showSaveDialog(options))
      return answer.canceled || answer.filePath === '' ? null : answer.filePath
    },
  }
}
