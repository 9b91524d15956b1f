import type { VoiceStatus } from '../../../shared/state.ts'
import type { DesktopTexts } from '../texts.ts'

/** The drawings of the tray, `build/tray/NAME.svg`: the line, in the shape that the state has. */
export const TRAY_FACES = ['idle', 'ready', 'muted', 'listening', 'thinking', 'speaking', 'failed'] as const
export type TrayFace = (typeof TRAY_FACES)[number]

/** Which drawing shows a status. There is room for one shape: what cannot wait comes first, then what sounds, then the mute. */
export function trayFace(voice: Pick<VoiceStatus, 'state' | 'microphone'>): TrayFace {
  switch (voice.state) {
    case 'failed':
    case 'speaking':
    case 'listening':
      return voice.state
    case 'thinking':
    case 'connecting':
    case 'reconnecting':
      return 'thinking'
    case 'ready':
    case 'idle':
      return voice.microphone === 'muted' ? 'muted' : voice.state
  }
}

/** What the tray says in words: `Parley – Speaking, microphone muted`. */
export function trayToolTip(voice: Pick<VoiceStatus, 'state' | 'microphone'>, texts: DesktopTexts): string {
  return `Parley – ${texts.states[voice.state]}${voice.microphone === 'muted' ? `, ${texts.microphoneMuted}` : ''}`
}

/** Files of one icon: for each scale factor the PNG's size in px. */
export interface TrayImage {
  ink: 'dark' | 'light'
  /** macOS colours it itself, by its shape alone. */
  template: boolean
  sizes: readonly { scaleFactor: number; px: number }[]
}

/**
 * Which PNGs a system wants. Windows and macOS choose by the display's scale; Linux takes one
 * picture and fits it to the panel itself. The panel's lightness is not told on Linux: it follows
 * the theme, but GNOME's is dark whatever the theme.
 */
export function trayImage(system: { platform: NodeJS.Platform; darkPanel: boolean; desktop: string; scaleFactor: number }): TrayImage {
  if (system.platform === 'darwin') return { ink: 'dark', template: true, sizes: scales([1, 16], [2, 32], [3, 48]) }
  if (system.platform === 'win32') {
    return { ink: system.darkPanel ? 'light' : 'dark', template: false, sizes: scales([1, 16], [1.25, 20], [1.5, 24], [2, 32], [3, 48]) }
  }
  const dark = system.darkPanel || /gnome|unity|budgie|pantheon/i.test(system.desktop)
  return { ink: dark ? 'light' : 'dark', template: false, sizes: scales([1, system.scaleFactor >= 1.5 ? 44 : 22]) }
}

function scales(...pairs: [scaleFactor: number, px: number][]): TrayImage['sizes'] {
  return pairs.map(([scaleFactor, px]) => ({ scaleFactor, px }))
}
