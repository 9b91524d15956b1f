import type { BrowserWindow } from './browser-window.ts'
import { notInStandIn, strictObject } from './strict.ts'

/** What a person answers: a button by its place or label, files, or none of it. */
export type DialogAnswer = 'cancel' | { response: number | string, checkboxChecked?: boolean } | { filePath: string } | { filePaths: string[] }

/** A dialog that is, or was, before a person. */
export interface ShownDialog { kind: 'message' | 'open' | 'save' | 'error', windowId: number | null, options: Record<string, unknown> }

type Options = Record<string, unknown>
interface Open { shown: ShownDialog, answer(answer: DialogAnswer): void }

export interface DialogControl {
  /** All that were ever shown, newest last. */
  readonly shown: ShownDialog[]
  /** Those that wait for an answer, oldest first. */
  open(): ShownDialog[]
  /** Answers the oldest open one; without one the next to come is answered as soon as it is shown. */
  answer(answer: DialogAnswer): void
}

const texts: [string, string][] = [['title', 'Title'], ['buttonLabel', 'Button label'], ['defaultPath', 'Default path'], ['message', 'Message'], ['nameFieldLabel', 'Name field label']]

/** `dialog`: every dialog stays open until a test answers it. The errors are Electron's (https://www.electronjs.org/docs/latest/api/dialog). */
export function makeDialog(system: { isReady(): boolean, isWindow(value: unknown): value is BrowserWindow }): { api: object, control: DialogControl } {
  const shown: ShownDialog[] = []
  const open: Open[] = []
  const early: DialogAnswer[] = []
  const ready = (): void => { if (!system.isReady()) throw new Error('dialog module can only be used after app is ready') }

  const split = (args: unknown[]): { windowId: number | null, options: Options } => {
    const [first] = args
    const window = system.isWindow(first) ? first : null
    return { windowId: window?.id ?? null, options: (window || !first ? args[1] : first) as Options | undefined ?? {} }
  }
  const show = <T>(kind: ShownDialog['kind'], args: unknown[], read: (answer: DialogAnswer) => T, signal?: AbortSignal): Promise<T> => new Promise<T>((resolve, reject) => {
    const entry: Open = {
      shown: { kind, ...split(args) },
      answer(answer) {
        const at = open.indexOf(entry)
        try {
          const result = read(answer)
          if (at >= 0) open.splice(at, 1)
          resolve(result)
        } catch (error) {
          // A test that answers nonsense is told so; the dialog stays.
          if (at >= 0) throw error
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      },
    }
    shown.push(entry.shown)
    const answer = early.shift()
    if (answer !== undefined) {
      entry.answer(answer)
      return
    }
    open.push(entry)
    signal?.addEventListener('abort', () => { if (open.includes(entry)) entry.answer('cancel') })
    if (signal?.aborted) entry.answer('cancel')
  })
  const checkTexts = (options: Options, names: string[]): void => {
    for (const [name, title] of texts) if (names.includes(name) && options[name] !== undefined && typeof options[name] !== 'string') throw new TypeError(`${title} must be a string`)
  }

  const api = strictObject('dialog', {
    showMessageBox(...args: unknown[]): Promise<Electron.MessageBoxReturnValue> {
      ready()
      const { options } = split(args) as { options: Partial<Electron.MessageBoxOptions> }
      const { buttons = [], defaultId = -1, type = 'none' } = options
      if (!['none', 'info', 'warning', 'error', 'question'].includes(type)) throw new TypeError('Invalid message box type')
      if (!Array.isArray(buttons)) throw new TypeError('Buttons must be an array')
      for (const [name, title] of [['title', 'Title'], ['message', 'Message'], ['detail', 'Detail'], ['checkboxLabel', 'checkboxLabel']] as const) {
        if (options[name] !== undefined && typeof options[name] !== 'string') throw new TypeError(`${title} must be a string`)
      }
      if (options.noLink !== undefined && typeof options.noLink !== 'boolean') throw new TypeError('noLink must be a boolean')
      if (options.checkboxChecked && !options.checkboxLabel) throw new Error('checkboxChecked requires that checkboxLabel also be passed')
      const no = buttons.findIndex((text) => ['cancel', 'no'].includes(text.toLowerCase()))
      const cancelId = options.cancelId ?? (no >= 0 ? no : defaultId === 0 && buttons.length > 1 ? 1 : 0)
      return show('message', args, (answer) => {
        const { checkboxChecked = false } = options
        if (answer === 'cancel') return { response: cancelId, checkboxChecked }
        if (!('response' in answer)) throw new Error('A message box is answered with a button')
        const response = typeof answer.response === 'number' ? answer.response : buttons.indexOf(answer.response)
        if (response < 0 || response >= Math.max(1, buttons.length)) throw new Error(`The message box has no button ${answer.response}, only ${buttons.join(', ')}`)
        return { response, checkboxChecked: answer.checkboxChecked ?? checkboxChecked }
      }, options.signal)
    },
    showOpenDialog(...args: unknown[]): Promise<Electron.OpenDialogReturnValue> {
      ready()
      const { options } = split(args)
      if (options['properties'] !== undefined && !Array.isArray(options['properties'])) throw new TypeError('Properties must be an array')
      checkTexts(options, ['title', 'buttonLabel', 'defaultPath', 'message'])
      const several = ((options['properties'] ?? []) as string[]).includes('multiSelections')
      return show('open', args, (answer) => {
        if (answer === 'cancel') return { canceled: true, filePaths: [] }
        if (!('filePaths' in answer) || answer.filePaths.length === 0) throw new Error('An open dialog is answered with files')
        if (answer.filePaths.length > 1 && !several) throw new Error('The open dialog takes one file')
        return { canceled: false, filePaths: answer.filePaths }
      })
    },
    showSaveDialog(...args: unknown[]): Promise<Electron.SaveDialogReturnValue> {
      ready()
      checkTexts(split(args).options, ['title', 'buttonLabel', 'defaultPath', 'message', 'nameFieldLabel'])
      return show('save', args, (answer) => {
        if (answer === 'cancel') return { canceled: true, filePath: '' }
        if (!('filePath' in answer)) throw new Error('A save dialog is answered with a file')
        return { canceled: false, filePath: answer.filePath }
      })
    },
    /** The one that may come before `ready`; on Linux it is then written to stderr. */
    showErrorBox(title: string, content: string): void {
      shown.push({ kind: 'error', windowId: null, options: { title, content } })
      console.error(`${title}\n${content}`)
    },
    ...Object.fromEntries(['showMessageBoxSync', 'showOpenDialogSync', 'showSaveDialogSync'].map((name) => [name, () => { throw notInStandIn(`dialog.${name}, which would stop the whole app,`) }])),
  })
  return {
    api,
    control: {
      shown, open: () => open.map((entry) => entry.shown),
      answer(answer) {
        const [oldest] = open
        if (oldest) oldest.answer(answer)
        else early.push(answer)
      },
    },
  }
}
