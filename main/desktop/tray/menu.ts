import type { MenuItemConstructorOptions } from 'electron'
import type { VoiceStatus } from '../../../shared/state.ts'
import type { DesktopTexts } from '../texts.ts'

/** What the menu of tray and overlay depends on; it is made anew when any of it changes. */
export interface MenuView {
  voice: Pick<VoiceStatus, 'state' | 'active' | 'microphone' | 'turnMode'>
  /** null: this system cannot show an overlay. */
  overlay: boolean | null
  personas: readonly PersonaItem[]
}

/** One persona to choose from. */
export interface PersonaItem {
  id: string
  label: string
  chosen: boolean
}

/** What a choice in the menu does. */
export interface MenuActs {
  /** Begins a turn, as a tap of the talk key does. */
  talk(): void
  /** Ends the turn and sends it. */
  send(): void
  stopAnswer(): void
  muteMicrophone(muted: boolean): void
  startConversation(): void
  endConversation(): void
  choosePersona(id: string): void
  showOverlay(show: boolean): void
  show(): void
  settings(): void
  quit(): void
}

/** The menu of tray and overlay. */
export function trayMenu(view: MenuView, texts: DesktopTexts, acts: MenuActs): MenuItemConstructorOptions[] {
  const { voice, overlay, personas } = view
  const muted = voice.microphone === 'muted'
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  return [
    ...talkItem(voice, texts, acts),
    { label: muted ? texts.unmuteMicrophone : texts.muteMicrophone, click: () => acts.muteMicrophone(!muted) },
    voice.active
      ? { label: texts.endConversation, click: () => acts.endConversation() }
      : { label: texts.startConversation, click: () => acts.startConversation() },
    separator,
    ...(personas.length === 0 ? [] : [personaMenu(personas, texts, acts), separator]),
    { label: texts.show, click: () => acts.show() },
    ...(overlay === null ? [] : [{ label: texts.overlay, type: 'checkbox' as const, checked: overlay, click: () => acts.showOverlay(!overlay) }]),
    { label: texts.settings, click: () => acts.settings() },
    separator,
    { label: texts.quit, click: () => acts.quit() },
  ]
}

/** The one thing that Talk can do now. On the open line there is nothing to press but to stop an answer. */
function talkItem(voice: MenuView['voice'], texts: DesktopTexts, acts: MenuActs): MenuItemConstructorOptions[] {
  if (voice.state === 'speaking' || voice.state === 'thinking') return [{ label: texts.stopAnswer, click: () => acts.stopAnswer() }]
  if (voice.turnMode === 'open_line') return []
  if (voice.state === 'listening') return [{ label: texts.send, click: () => acts.send() }]
  return [{ label: texts.talk, click: () => acts.talk() }]
}

function personaMenu(personas: readonly PersonaItem[], texts: DesktopTexts, acts: MenuActs): MenuItemConstructorOptions {
  return {
    label: texts.persona,
    submenu: personas.map(({ id, label, chosen }) => ({ label, type: 'radio', checked: chosen, click: () => acts.choosePersona(id) })),
  }
}

/** What two views must differ in for the menu to be made anew: a menu that is open closes when it is replaced. */
export function menuKey(view: MenuView, language: string): string {
  const { state, active, microphone, turnMode } = view.voice
  const talk = state === 'speaking' || state === 'thinking' ? 'stop' : state === 'listening' ? 'send' : 'talk'
  return JSON.stringify([language, talk, active, microphone === 'muted', turnMode, view.overlay, view.personas])
}
