import { expect, type Page } from '@playwright/test'
import type { StandInControl } from '../stand-in/src/control.ts'
import type { Parley } from './parley.ts'

type World = StandInControl

/** Does something in the world around Parley: tray, displays, pointer, notifications. `act` travels as text and sees nothing of this file. */
export async function outside<T, A = undefined>(parley: Pick<Parley, 'app'>, act: (world: World, given: A) => T, given?: A): Promise<T> {
  // What is evaluated may run in the midst of other JavaScript, where no event of the world ever comes: hence a task of its own.
  const source = `(_electron, given) => new Promise((soon) => setImmediate(soon)).then(() => (${act.toString()})(globalThis.__standIn, given))`
  // Playwright sends a function as its text; this one is made of two.
  const travelling = Object.assign(() => undefined, { toString: () => source })
  const evaluate = parley.app.evaluate.bind(parley.app) as (act: () => undefined, given: A | undefined) => Promise<unknown>
  return (await evaluate(travelling, given)) as T
}

export type Seen = ReturnType<World['windows']>[number]
/** A window by its page, as the system has it; null while there is none. */
export const windowAt = (parley: Parley, path: string): Promise<Seen | null> => outside(parley, (world, page) => world.windows().find(({ url }) => url.endsWith(page)) ?? null, path)

/** The overlay's page, once it is there. */
export async function overlayOf(parley: Parley): Promise<Page> {
  const find = (): Page | undefined => parley.app.windows().find((window) => new URL(window.url()).pathname === '/overlay.html')
  await expect.poll(() => find() !== undefined).toBe(true)
  return find() as Page
}

/** The person works in another program. */
export const elsewhere = (parley: Parley): Promise<boolean> => outside(parley, (world) => world.focusWindow(null))

/** Chooses an item of the tray's menu once it is there: the menu follows the state a moment later. */
export async function pick(parley: Parley, path: string | string[]): Promise<void> {
  await expect.poll(() => outside(parley, (world, item) => world.pickTrayItem(item), path), { message: `“${String(path)}” in the tray’s menu` }).toBe(true)
}

/** The person presses the cross of the main window; false where it stays in the tray. */
export const closeWindow = (parley: Parley): Promise<boolean> => outside(parley, (world) => world.closeWindow(world.windows().find(({ url }) => url.endsWith('/index.html'))?.id ?? -1))

/** The next dialog for a file is answered with this one. */
export const answerDialog = (parley: Parley, filePath: string): Promise<void> => outside(parley, (world, path) => world.dialogs.answer({ filePath: path }), filePath)
