import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { app, BrowserWindow, clipboard, dialog, MessageChannelMain, nativeTheme, net, powerMonitor, powerSaveBlocker, protocol, safeStorage, session as sessions, shell } from 'electron'
import { Conversation } from '../shared/conversation/conversation.ts'
import { failure } from '../shared/failure.ts'
import type { Persona } from '../shared/personas.ts'
import type { TurnMode } from '../shared/settings.ts'
import { Alarm } from './alarm.ts'
import { AppStateStore } from './app-state.ts'
import { Bridge } from './bridge.ts'
import { desktopActs } from './desktop/acts.ts'
import { registerAppScheme, serveApp } from './desktop/app-protocol.ts'
import { Desktop } from './desktop/desktop.ts'
import { openAnyPage } from './desktop/external.ts'
import { setUpLock } from './desktop/lock.ts'
import { setUpNavigation } from './desktop/navigation.ts'
import { setUpPermissions } from './desktop/permissions.ts'
import { saveDialog } from './desktop/save-dialog.ts'
import { personaDialogs } from './desktop/persona-dialogs.ts'
import { Places } from './desktop/places.ts'
import { setUpKeepAwake, setUpPower } from './desktop/power.ts'
import { setUpQuitting } from './desktop/quit.ts'
import { createCipher } from './desktop/safe-storage.ts'
import { sessionBusOf, systemBusOf } from './desktop/dbus/connection.ts'
import { SoundRoom } from './desktop/sound-room.ts'
import { instanceData, receivedInstance } from './desktop/talk-key/command-line.ts'
import { setUpTalkKey } from './desktop/talk-key/set-up.ts'
import { talkKeyShown } from './desktop/talk-key/talk-key.ts'
import { setUpUpdates } from './desktop/updates.ts'
import { MainWindow, soundRoomWindowOptions } from './desktop/windows.ts'
import { Endpoints } from './endpoints.ts'
import { takeEnvironment } from './environment.ts'
import { followSettings, makeHandlers, type HandlersOptions } from './handlers.ts'
import { languageOf, timerText } from './language.ts'
import { createLog, fileSink, stderrSink } from './log.ts'
import { diagnosticsBundle } from './files/diagnostics.ts'
import { EventRecording } from './files/event-recording.ts'
import { fileRequests } from './files/file-requests.ts'
import { logTail, systemFacts } from './files/system-facts.ts'
import { Redaction } from './redaction.ts'
import { Personas } from './personas.ts'
import { startPracticePartner } from './practice/partner.ts'
import { sessionSetup } from './session-setup.ts'
import { readPrices, Spending } from './spending.ts'
import { History } from './storage/history/history.ts'
import { HistoryRecorder } from './storage/history/recorder.ts'
import { usageOf } from './storage/history/usage.ts'
import { KeyVault } from './storage/key-vault.ts'
import { SettingsFile } from './storage/settings-file.ts'
import { chosenVoice, soundRequests } from './sound-requests.ts'
import { SoundCheck } from './voice/sound-check.ts'
import { KeptSound } from './voice/kept-sound.ts'
import { RealtimeEngine } from './voice/realtime-engine.ts'
import { VoiceSession } from './voice/session.ts'
import { builtInTools } from './voice/tools/built-in.ts'
import { conversationState } from './voice/tools/call-view.ts'
import { Questions } from './voice/tools/questions.ts'
import { ToolRegistry } from './voice/tools/registry.ts'
import { Timers } from './voice/tools/timers.ts'

// Before anything else: whatever is left in the environment is copied into every renderer.
const environment = takeEnvironment(process.env)

// These count only before Electron is ready.
if (environment.userData !== null) app.setPath('userData', environment.userData)
registerAppScheme(protocol)
app.enableSandbox()
// Notifications and the taskbar of Windows know an app by this name; it is that of the installer.
app.setAppUserModelId('org.parley.Parley')
// macOS hands a link over by an event, which may come before Parley is ready.
let openLink: (link: string) => void = (link) => {
  earlyLinks.push(link)
}
const earlyLinks: string[] = []
app.on('open-url', (event, url) => {
  event.preventDefault()
  openLink(url)
})

// Two instances would share one microphone, one key store and one settings file.
const called = instanceData(process.argv)
if (app.requestSingleInstanceLock(called)) void app.whenReady().then(start, refuse)
else app.quit()

function refuse(error: unknown): void {
  process.stderr.write(`Parley could not start: ${String(error)}\n`)
  app.exit(1)
}

async function start(): Promise<void> {
  const userData = app.getPath('userData')
  const built = (file: string): string => join(app.getAppPath(), 'out', file)
  const devTools = !app.isPackaged

  const redaction = new Redaction()
  const log = createLog({ sinks: [stderrSink(), fileSink(join(userData, 'logs'))], redaction })
  process.on('uncaughtException', (error) => {
    log.error('Something failed that nobody had expected.', error)
  })
  process.on('unhandledRejection', (error) => {
    log.error('Something failed that nobody had expected.', error)
  })

  // Doors are shut before the first page exists.
  const devServerUrl = app.isPackaged ? null : (process.env['PARLEY_DEV_SERVER'] ?? null)
  setUpPermissions({ session: sessions.defaultSession, log, hotReload: devServerUrl !== null })
  setUpNavigation({ app, log })
  serveApp({ protocol, root: built('renderer'), devServerUrl })

  const settings = await SettingsFile.open({ file: join(userData, 'settings.json'), log })
  const places = await Places.open({ file: join(userData, 'places.json'), log })
  const vault = await KeyVault.open({
    file: join(userData, 'keys.json'),
    cipher: createCipher(safeStorage),
    log,
    environment: environment.apiKey,
    onKey: (key) => {
      key.withKey((value) => {
        log.redactAlso(value)
      })
    },
  })
  const spending = await Spending.open({
    file: join(userData, 'spending.json'),
    prices: await readPrices(join(userData, 'prices.json'), log),
    caps: () => settings.value,
    log,
  })
  const language = (): 'en' | 'de' => languageOf(settings.value.language, app.getPreferredSystemLanguages())
  const personas = new Personas({
    settings,
    language,
    newId: () => randomBytes(8).toString('hex'),
    ...personaDialogs({ dialog, window: () => mainWindow.window, documents: () => app.getPath('documents') }),
  })
  const endpoints = new Endpoints({
    vault,
    settings,
    environment,
    personaModel: () => personas.chosen.model,
    log,
    certificates: [...getCACertificates('default'), ...getCACertificates('system')],
    resolveProxy: (url) => sessions.defaultSession.resolveProxy(url),
    startPractice: () => startPracticePartner({ language: language(), clipsDir: built('main/practice-clips') }),
  })

  // The practice partner plays no part: with it, the person's own habits hold.
  const persona = (): Persona | null => (endpoints.kind === 'practice' ? null : personas.chosen)
  const turnMode = (): TurnMode => persona()?.turnMode ?? settings.value.turnMode
  /** Model that the running session was asked for: a persona chosen meanwhile may want another. */
  let sessionModel = ''

  const recording = new EventRecording()
  const openRecorded = recording.around(endpoints.open)

  const soundRoom = new SoundRoom({
    log,
    createWindow: () => new BrowserWindow(soundRoomWindowOptions(built('preload/sound.cjs'), devTools)),
    createChannel: () => new MessageChannelMain(),
  })
  const soundCheck = new SoundCheck(soundRoom)
  const history = new History({
    log,
    workerFile: built('main/history-worker.cjs'),
    audioFolder: join(userData, 'sound'),
    onProblem: (problem) => {
      voice.say(problem)
    },
  })
  const recorder = new HistoryRecorder({
    history,
    keep: settings.value.keepHistory,
    audioFolder: () => (settings.value.keepSound ? join(userData, 'sound') : null),
    context: () => ({ endpoint: endpoints.kind ?? 'practice', model: sessionModel, persona: persona()?.name ?? null }),
    newId: randomUUID,
    now: Date.now,
    onProblem: (problem) => {
      voice.say(problem)
    },
  })
  const conversation = new Conversation({
    now: Date.now,
    newId: () => `item_${randomBytes(10).toString('hex')}`,
    onPatches: (patches) => {
      store.conversation(patches)
      recorder.patches(patches)
    },
  })
  const alarm = new Alarm({
    sound: () => {
      soundRoom.post({ type: 'cue', cue: 'alarm' })
    },
    notify: ({ label }) => {
      desktop.notify(timerText(language(), label))
    },
    onChange: (ringing) => {
      store.set({ ringing })
    },
  })
  const timers = new Timers({
    ring: (timer) => {
      alarm.ring(timer)
    },
    onFault: (error) => {
      log.error('A timer could not ring.', error)
    },
  })
  const registry = new ToolRegistry(
    builtInTools({
      now: Date.now,
      timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
      locale: () => app.getLocale(),
      readText: () => clipboard.readText(),
      openExternal: (url) => openAnyPage(url, { shell, log }),
      timers,
    }),
  )
  const questions = new Questions({
    onChange: (open) => {
      store.set({ question: open && { id: open.id, code: open.code, detail: open.detail, expiresAt: open.expiresAt } })
      if (open) voice.announceQuestion(open.spoken)
    },
  })
  const keptSound = new KeptSound({ begin: (itemId) => recorder.beginAudio(itemId) })
  const keepAwake = setUpKeepAwake(powerSaveBlocker)
  const voice = new VoiceSession({
    sound: soundCheck,
    conversation,
    setup: () => {
      const setup = sessionSetup({ endpoint: endpoints.shown, persona: personas.chosen, settings: settings.value, language: language(), registry })
      sessionModel = setup.model
      return setup
    },
    createEngine: () => new RealtimeEngine(openRecorded),
    tools: {
      registry,
      questions,
      onView: (view) => {
        conversation.setCallState(view.call_id, conversationState(view.state), view.object)
      },
      onFault: (name, error) => {
        log.error(`The function ${name} failed.`, error)
      },
    },
    turnMode,
    openLine: () => ({ pace: settings.value.pace, byMeaning: settings.value.byMeaning && endpoints.kind !== 'practice' }),
    idleStopMs: () => settings.value.idleStopMinutes * 60_000,
    cues: () => settings.value.cues && !mainWindow.seen,
    microphoneId: () => settings.value.microphoneId,
    speakerId: () => settings.value.speakerId,
    volume: () => settings.value.volume,
    habits: () => settings.value,
    online: () => net.isOnline(),
    keptSound,
    onStatus: (status) => {
      keepAwake.set(status.active)
      if (status.active) soundCheck.stop()
      store.set({ voice: status })
    },
    capped: () => spending.capped(),
    costUsd: () => spending.shown.costUsd,
    onSession: (what) => {
      if (what === 'begins') spending.begin(sessionModel)
      else spending.end()
    },
    onServerEvent: (event) => {
      if (event.type === 'session.created' && event.session.model !== undefined) {
        sessionModel = event.session.model
        recorder.describe({ model: sessionModel })
      }
      const near = spending.apply(event)
      if (near) voice.say(near)
      const usage = usageOf(event, sessionModel, Date.now())
      if (usage) recorder.usage(usage)
    },
    onLevels: (levels) => {
      bridge.levels(levels)
    },
    onDevices: (devices) => {
      store.set({ devices })
    },
  })
  const store = new AppStateStore({
    initial: {
      voice: voice.status,
      settings: settings.value,
      language: language(),
      key: endpoints.status(),
      endpoint: endpoints.shown,
      question: null,
      talkKey: null,
      talkKeyTrial: null,
      overlay: { on: false, reason: '', grows: 'up', movedBy: 'page' },
      desktop: { noTray: false, login: '' },
      wanted: null,
      ringing: [],
      tools: registry.names,
      onboarding: endpoints.choice === null,
      devices: { inputs: [], outputs: [] },
      version: app.getVersion(),
    },
    entries: () => conversation.entries,
    broadcast: (change) => {
      bridge.patch(change)
      if (change.set === undefined) return
      desktop.follow()
      lock.statusChanged()
    },
  })
  const { talkKey, requests: talkKeyRequests, notAsked } = setUpTalkKey({
    log,
    settings,
    language,
    turnMode,
    voice,
    store,
    showWindow: () => {
      mainWindow.show()
    },
  })
  const handlersOptions: HandlersOptions = {
    session: voice,
    conversation,
    endpoints,
    settings,
    store,
    alarm,
    personas,
    personaChanged: () => {
      recorder.describe({ persona: persona()?.name ?? null })
      store.set({ endpoint: endpoints.shown })
      voice.settingsChanged({ microphone: false, speaker: false, turnMode: store.shown.voice.turnMode !== turnMode() })
      voice.setupChanged()
      void talkKey.settingsChanged()
    },
    talkKey: talkKeyRequests,
    sound: soundRequests({
      check: soundCheck,
      active: () => voice.status.active,
      voice: chosenVoice({ endpoints, spending, settings, language, clipsDir: built('main/practice-clips'), createEngine: () => new RealtimeEngine(openRecorded) }),
    }),
    keepHeard: (on) => {
      soundCheck.record(on)
    },
    files: fileRequests({
      log,
      askWhereTo: saveDialog({ dialog, window: () => mainWindow.window, documents: () => app.getPath('documents') }),
      entries: () => conversation.entries,
      language,
      version: app.getVersion(),
      diagnostics: async ({ words }) =>
        diagnosticsBundle({
          events: recording.events,
          facts: { ...systemFacts(app.getVersion()), voice: store.shown.voice, talkKey: store.shown.talkKey, key: { source: store.shown.key.source, backend: store.shown.key.backend } },
          settings: settings.value,
          logLines: await logTail(join(userData, 'logs')),
          words,
          redact: (text) => redaction.apply(text),
          home: app.getPath('home'),
        }),
      showLogs: () => {
        shell.showItemInFolder(join(userData, 'logs', 'parley.log'))
      },
      licences: app.isPackaged ? join(process.resourcesPath, 'third-party-licences.txt') : built('third-party-licences.txt'),
      openPath: (path) => shell.openPath(path),
    }),
    copyText: (text) => clipboard.writeText(text),
    deleteHistory: () => history.deleteAll(),
    conversationEnded: () => {
      recorder.end()
    },
    showWindow: () => {
      mainWindow.show()
    },
    overlay: {
      resize: (cssHeight) => {
        desktop.overlay.resize(cssHeight)
      },
      drag: (step) => {
        desktop.overlay.drag(step)
      },
    },
    settingsChanged: () => {
      recorder.setKeep(settings.value.keepHistory)
      void talkKey.settingsChanged()
      nativeTheme.themeSource = settings.value.theme
      if (store.shown.language === language()) return
      // The name of the talk key is a word of the language as well.
      store.set({ language: language(), talkKey: store.shown.talkKey && talkKeyShown(talkKey.status, language()) })
      void endpoints.stopPractice()
    },
  }
  const handlers = makeHandlers(handlersOptions)
  const bridge = new Bridge({ log, state: () => store.snapshot(), handlers })
  const mainWindow: MainWindow = new MainWindow({
    log,
    devTools,
    preload: built('preload/app.cjs'),
    createWindow: (options) => new BrowserWindow(options),
    dark: () => nativeTheme.shouldUseDarkColors,
    bounds: () => desktop.windowBounds(),
    onBounds: (bounds) => {
      places.window = bounds
    },
    keepOnClose: () => desktop.keepsOnClose,
    onHidden: () => {
      desktop.windowHidden()
    },
    onSeen: () => {
      desktop.windowSeen()
    },
    onCreated: (window) => {
      bridge.attach(window, 'main')
      // Windows logs off or shuts down: nothing is kept in the tray.
      window.on('query-session-end', () => {
        quitting.systemEnds()
      })
      // A page that is gone cannot let the microphone of its meter go by itself.
      const previewOver = (): void => {
        voice.previewMicrophone(false)
        soundCheck.record(false)
        soundCheck.stop()
        notAsked()
      }
      window.webContents.on('did-navigate', previewOver)
      window.on('closed', previewOver)
      window.on('focus', () => void talkKey.refresh())
    },
    onClosed: () => {
      quitting.lastVisibleWindowClosed()
    },
    onGaveUp: () => {
      // With a tray to come back from the conversation goes on without a window.
      if (!desktop.keepsOnClose) app.quit()
    },
  })
  const quitting = setUpQuitting({
    app,
    showMainWindow: () => {
      mainWindow.show()
    },
    onQuit: async () => {
      talkKey.dispose()
      updates?.dispose()
      lock.dispose()
      settingsWatch.dispose()
      voice.end()
      soundRoom.dispose()
      recorder.dispose()
      desktop.dispose()
      await Promise.all([keptSound.idle().then(() => history.close()), settings.idle(), spending.idle(), vault.idle(), places.idle(), endpoints.stopPractice()])
    },
  })
  const desktop: Desktop = new Desktop({
    log,
    devTools,
    preload: built('preload/app.cjs'),
    icons: built('main/tray'),
    places,
    mainWindow,
    state: () => store.shown,
    set: (change) => {
      store.set(change)
    },
    attach: (window) => {
      bridge.attach(window, 'overlay')
    },
    ending: () => quitting.ending,
    // The practice partner plays no part but its own.
    personas: () => (endpoints.kind === 'practice' ? [] : personas.all.map(({ id, name }) => ({ id, label: name, chosen: id === personas.chosen.id }))),
    acts: desktopActs({ store, voice, talkKey, handlers, showWindow: () => mainWindow.show(), quit: () => app.quit() }),
  })
  const lock = setUpLock({
    powerMonitor,
    buses: { session: sessionBusOf(process.env), system: systemBusOf(process.env) },
    status: () => voice.status,
    cancelTurn: () => {
      voice.cancelTurn()
    },
    mute: (muted) => {
      voice.muteMicrophone(muted)
    },
    onStaysMuted: () => {
      voice.say(failure('microphone_muted', {}, ['unmute', 'dismiss']))
    },
    onTold: (locked) => {
      if (locked) talkKey.pause('locked')
      else talkKey.resume('locked')
    },
  })
  const updates = app.isPackaged ? setUpUpdates({ resources: process.resourcesPath, appPath: app.getAppPath(), log }) : null
  setUpPower({
    powerMonitor,
    onSuspend: () => {
      voice.suspend()
    },
    onResume: () => {
      voice.resume()
      timers.resumed()
    },
  })
  app.on('second-instance', (_event, _argv, _directory, data) => {
    const { command, link, hidden } = receivedInstance(data)
    if (link !== null) openLink(link)
    else if (command !== null) talkKey.command(command)
    else if (!hidden) mainWindow.show()
  })

  nativeTheme.themeSource = settings.value.theme
  nativeTheme.on('updated', () => {
    mainWindow.applyTheme()
  })
  const settingsWatch = settings.watch({
    onChange: (before) => {
      followSettings(handlersOptions, before)
    },
    onRefused: (why) => {
      voice.say(why)
    },
  })
  soundRoom.start()
  desktop.start()
  openLink = (link) => {
    desktop.openLink(link)
  }
  if (!called.hidden && !desktop.openedAtLogin) mainWindow.show()
  else app.dock?.hide()
  for (const link of [...earlyLinks, ...(called.link === null ? [] : [called.link])]) openLink(link)
  registerLinks()
  await talkKey.start()
  if (called.command !== null) talkKey.command(called.command)
  const kept = join(userData, 'history.db')
  if (settings.value.keepHistory || existsSync(kept)) {
    const opened = await history.open(kept)
    if (opened.state === 'set_aside') voice.say(failure('history_set_aside', { file: basename(opened.file) }, ['dismiss']))
  }
}

/** Makes Parley what opens `parley:` links; an installed one has been registered by its installer as well. */
function registerLinks(): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient('parley')
}
