import type { VoiceStateName } from '../../shared/state.ts'

/** What main itself says: in the tray, in menus and in notifications. The windows have texts of their own. */
export interface DesktopTexts {
  states: Readonly<Record<VoiceStateName, string>>
  microphoneMuted: string
  talk: string
  send: string
  stopAnswer: string
  muteMicrophone: string
  unmuteMicrophone: string
  startConversation: string
  endConversation: string
  persona: string
  overlay: string
  show: string
  settings: string
  quit: string
  edit: string
  view: string
  window: string
  roles: Readonly<Record<MenuRole, string>>
  notifications: Readonly<Record<NotificationName, string>>
}

/** Items of the menu bar that the system carries out; Electron itself names them in English only. */
export type MenuRole =
  | 'about'
  | 'hide'
  | 'hideOthers'
  | 'unhide'
  | 'close'
  | 'undo'
  | 'redo'
  | 'cut'
  | 'copy'
  | 'paste'
  | 'selectAll'
  | 'resetZoom'
  | 'zoomIn'
  | 'zoomOut'
  | 'togglefullscreen'
  | 'minimize'
  | 'front'

/** What a person is told while no window can be seen; a click on it shows the window. */
export type NotificationName =
  | 'goesOn'
  | 'goesOnWithoutTray'
  | 'connection'
  | 'access'
  | 'microphone'
  | 'failed'
  | 'question'
  | 'cap'
  | 'idleStopped'
  | 'turnHeld'

const en: DesktopTexts = {
  states: {
    idle: 'Idle',
    connecting: 'Connecting',
    ready: 'Ready',
    listening: 'Listening',
    thinking: 'Thinking',
    speaking: 'Speaking',
    reconnecting: 'Reconnecting',
    failed: 'Failed',
  },
  microphoneMuted: 'microphone muted',
  talk: 'Talk',
  send: 'Send',
  stopAnswer: 'Stop answer',
  muteMicrophone: 'Mute microphone',
  unmuteMicrophone: 'Unmute microphone',
  startConversation: 'Start conversation',
  endConversation: 'End conversation',
  persona: 'Persona',
  overlay: 'Show overlay',
  show: 'Show Parley',
  settings: 'Settings…',
  quit: 'Quit Parley',
  edit: 'Edit',
  view: 'View',
  window: 'Window',
  roles: {
    about: 'About Parley',
    hide: 'Hide Parley',
    hideOthers: 'Hide others',
    unhide: 'Show all',
    close: 'Close window',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    selectAll: 'Select all',
    resetZoom: 'Actual size',
    zoomIn: 'Larger',
    zoomOut: 'Smaller',
    togglefullscreen: 'Full screen',
    minimize: 'Minimise',
    front: 'Bring all to front',
  },
  notifications: {
    goesOn: 'Parley goes on in the tray. Its menu there shows the window again, and quits.',
    goesOnWithoutTray: 'Parley goes on without a window. Start it once more to see the window again.',
    connection: 'The connection to the server failed. Click here to see why and to try again.',
    access: 'The server did not let Parley in. Click here to check the key and the address.',
    microphone: 'Parley cannot use the microphone. Click here to see why and to choose another one.',
    failed: 'The conversation had to stop. Click here to see why and what to do.',
    question: 'Parley asks for your permission. Click here, or just say yes or no.',
    cap: 'The spending cap is reached, so nothing new is asked. Click here to raise it.',
    idleStopped: 'Nobody spoke for a while, so Parley closed the line. Start again when you like.',
    turnHeld: 'What you said could not be sent. Click here to send it again or to discard it.',
  },
}

const de: DesktopTexts = {
  states: {
    idle: 'Ruht',
    connecting: 'Verbindet',
    ready: 'Bereit',
    listening: 'Hört zu',
    thinking: 'Denkt nach',
    speaking: 'Spricht',
    reconnecting: 'Verbindet neu',
    failed: 'Gescheitert',
  },
  microphoneMuted: 'Mikrofon stumm',
  talk: 'Sprechen',
  send: 'Senden',
  stopAnswer: 'Antwort anhalten',
  muteMicrophone: 'Mikrofon stummschalten',
  unmuteMicrophone: 'Mikrofon einschalten',
  startConversation: 'Gespräch starten',
  endConversation: 'Gespräch beenden',
  persona: 'Rolle',
  overlay: 'Overlay anzeigen',
  show: 'Parley anzeigen',
  settings: 'Einstellungen…',
  quit: 'Parley beenden',
  edit: 'Bearbeiten',
  view: 'Ansicht',
  window: 'Fenster',
  roles: {
    about: 'Über Parley',
    hide: 'Parley ausblenden',
    hideOthers: 'Andere ausblenden',
    unhide: 'Alle einblenden',
    close: 'Fenster schließen',
    undo: 'Rückgängig',
    redo: 'Wiederholen',
    cut: 'Ausschneiden',
    copy: 'Kopieren',
    paste: 'Einfügen',
    selectAll: 'Alles auswählen',
    resetZoom: 'Normale Größe',
    zoomIn: 'Größer',
    zoomOut: 'Kleiner',
    togglefullscreen: 'Vollbild',
    minimize: 'Minimieren',
    front: 'Alle nach vorne bringen',
  },
  notifications: {
    goesOn: 'Parley läuft im Infobereich weiter. Das Menü dort zeigt das Fenster wieder an und beendet Parley.',
    goesOnWithoutTray: 'Parley läuft ohne Fenster weiter. Starte es noch einmal, um das Fenster wieder zu sehen.',
    connection: 'Die Verbindung zum Server ist fehlgeschlagen. Klicke hier für den Grund und einen neuen Versuch.',
    access: 'Der Server hat Parley nicht eingelassen. Klicke hier, um Schlüssel und Adresse zu prüfen.',
    microphone: 'Parley kann das Mikrofon nicht benutzen. Klicke hier für den Grund und um ein anderes zu wählen.',
    failed: 'Das Gespräch musste enden. Klicke hier für den Grund und was zu tun ist.',
    question: 'Parley bittet um deine Erlaubnis. Klicke hier, oder sage einfach ja oder nein.',
    cap: 'Die Kostengrenze ist erreicht, darum wird nichts Neues gefragt. Klicke hier, um sie zu erhöhen.',
    idleStopped: 'Eine Weile hat niemand gesprochen, darum hat Parley die Leitung geschlossen. Beginne wieder, wann du magst.',
    turnHeld: 'Was du gesagt hast, konnte nicht gesendet werden. Klicke hier, um es noch einmal zu senden oder zu verwerfen.',
  },
}

/** The texts of a language. */
export function desktopTexts(language: 'en' | 'de'): DesktopTexts {
  return language === 'de' ? de : en
}
