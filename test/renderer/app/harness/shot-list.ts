import type { Page } from 'playwright-core'
import type { AppState } from '../../../../shared/state.ts'
import { many, overlayScenes, scenes } from './scenes.ts'

/** One picture: a state, how the window is, and what is done before it is taken. Lengths in CSS px. */
export interface Shot {
  name: string
  state: AppState
  width?: number
  height?: number
  dark?: boolean
  reduced?: boolean
  contrast?: boolean
  forced?: boolean
  scale?: number
  overlay?: boolean
  then?: (page: Page) => Promise<void>
}

const german = (state: AppState): AppState => ({ ...state, language: 'de' })

function scene(name: string): AppState {
  const state = scenes[name]
  if (state === undefined) throw new Error(name)
  return state
}

/** Sound that stands still: without timers the line does not forget it before the picture is taken. */
async function levels(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.assign(window, { setTimeout: () => 0 })
    for (let i = 0; i < 46; i++) {
      const swing = 0.5 + 0.5 * Math.sin(i / 4)
      window.fake.levels({ micRms: 0.12 * swing * Math.max(0, Math.sin(i / 9)), micPeak: 0.2, voiceRms: 0.1 * Math.abs(Math.sin(i / 5)), voicePeak: 0.2 })
    }
  })
}
async function holdTalk(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Talk|Sprechen)$/ }).hover()
  await page.mouse.down()
  await page.evaluate(() => window.fake.voice({ state: 'listening', microphone: 'live' }))
  await page.waitForTimeout(200)
  await levels(page)
}

/** The settings, opened and scrolled to a section. */
const settingsAt = (section?: string) => async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: /^(Settings|Einstellungen)$/ }).click()
  await page.waitForTimeout(300)
  if (section !== undefined) await page.evaluate((id) => document.getElementById(`settings-${id}`)?.scrollIntoView(), section)
}

/** Personas: the switch, the list, the form. */
function personaShots(): Shot[] {
  const ada = { id: 'own_1', name: 'Ada, who knows engines', instructions: 'You are Ada. Speak of engines.\n\nBe brief.', voice: 'cedar', model: null, reasoning: 'low' as const, turnMode: 'tap' as const, tools: ['current_time'], manyLanguages: false }
  const base = scene('ready')
  const openai = { ...base, endpoint: { kind: 'openai' as const, host: 'api.openai.com', model: 'gpt-realtime-2.1-mini' }, settings: { ...base.settings, endpoint: { kind: 'openai' as const, url: '', model: '' }, persona: 'own_1', personas: [ada] } }
  const shipped = { ...openai, settings: { ...openai.settings, persona: 'everyday' } }
  const press = (name: RegExp) => async (page: Page): Promise<void> => {
    await page.getByRole('button', { name }).click()
    await page.waitForTimeout(200)
  }
  const menu = press(/^(Persona|Rolle):/)
  const more = (item: RegExp, who: RegExp) => async (page: Page): Promise<void> => {
    await settingsAt('personas')(page)
    await press(who)(page)
    await page.getByRole('menuitem', { name: item }).click()
    await page.waitForTimeout(100)
  }
  const edit = more(/^(Edit|Bearbeiten)$/, /Ada/)
  return [
    { name: 'persona-title', state: openai },
    { name: 'persona-title-380-de', state: german(openai), width: 380, height: 640 },
    { name: 'persona-title-200', state: openai, width: 190, height: 300, scale: 2 },
    { name: 'persona-menu', state: shipped, then: menu },
    { name: 'persona-menu-dark', state: openai, dark: true, then: menu },
    { name: 'persona-menu-forced', state: openai, forced: true, then: menu },
    { name: 'persona-menu-380-de', state: german(openai), width: 380, height: 640, then: menu },
    { name: 'persona-list', state: shipped, then: settingsAt('personas') },
    { name: 'persona-list-dark', state: openai, dark: true, then: settingsAt('personas') },
    { name: 'persona-list-380-de', state: german(openai), width: 380, height: 640, then: settingsAt('personas') },
    { name: 'persona-list-200', state: openai, width: 260, height: 360, scale: 2, then: settingsAt('personas') },
    { name: 'persona-more', state: openai, then: async (page) => { await settingsAt('personas')(page); await press(/More for Ada/)(page) } },
    { name: 'persona-delete', state: openai, then: more(/^Delete$/, /Ada/) },
    { name: 'persona-look', state: openai, height: 900, then: more(/^Look at$/, /More for Everyday/) },
    { name: 'persona-form', state: openai, height: 1240, then: edit },
    { name: 'persona-form-dark', state: openai, dark: true, height: 1240, then: edit },
    { name: 'persona-form-380-de', state: german(openai), width: 380, height: 1300, then: edit },
    { name: 'persona-form-200', state: openai, width: 260, height: 360, scale: 2, then: edit },
    { name: 'persona-form-960', state: openai, width: 960, then: edit },
    { name: 'persona-wrong', state: openai, height: 1240, then: async (page) => { await settingsAt('personas')(page); await press(/^New persona$/)(page); await press(/^Save$/)(page) } },
  ]
}

/** Agrees that the key is kept without protection; what main does then. */
async function keepKey(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Keep it anyway|Trotzdem behalten)$/ }).click()
  await page.evaluate(() => window.fake.set({ key: { ...window.fake.state.key, source: 'stored' } }))
  await page.waitForTimeout(200)
}

/** Every part of the settings in the looks that differ. */
function settingsShots(): Shot[] {
  const openai = { ...scene('onboarding-again'), onboarding: false }
  const changed = { ...openai, settings: { ...openai.settings, turnMode: 'open_line' as const, pace: 'patient' as const, halfDuplex: true, volume: 0.4, voice: 'cedar', closeToTray: false, capDayUsd: 20 } }
  const unkept = { ...openai, key: { ...openai.key, source: 'session' as const, backend: '', backendVerified: false, unprotected: true } }
  const unprotected = { ...unkept, key: { ...unkept.key, source: 'stored' as const } }
  const sections = ['talking', 'talkKey', 'sound', 'connection', 'costs', 'desktop', 'privacy', 'about']
  const search = (words: string) => async (page: Page): Promise<void> => {
    await settingsAt()(page)
    await page.keyboard.type(words)
  }
  return [
    ...sections.map((section) => ({ name: `settings-${section}`, state: changed, then: settingsAt(section) })),
    ...['talking', 'sound', 'connection'].flatMap((section) => [
      { name: `settings-${section}-dark`, state: changed, dark: true, then: settingsAt(section) },
      { name: `settings-${section}-de`, state: german(changed), then: settingsAt(section) },
      { name: `settings-${section}-380-de`, state: german(changed), width: 380, height: 640, then: settingsAt(section) },
      { name: `settings-${section}-200`, state: changed, width: 260, height: 360, scale: 2, then: settingsAt(section) },
      { name: `settings-${section}-forced`, state: changed, forced: true, then: settingsAt(section) },
    ]),
    ...['talkKey', 'costs', 'desktop', 'privacy', 'about'].map((section) => ({ name: `settings-${section}-dark`, state: changed, dark: true, then: settingsAt(section) })),
    ...[unkept, unprotected].flatMap((state, i) => [
      { name: `settings-unkept-${i}`, state, then: settingsAt('connection') },
      { name: `settings-unkept-${i}-dark`, state, dark: true, then: settingsAt('connection') },
      { name: `settings-unkept-${i}-380-de`, state: german(state), width: 380, height: 640, then: settingsAt('connection') },
      { name: `settings-unkept-${i}-200`, state, width: 260, height: 360, scale: 2, then: settingsAt('connection') },
    ]),
    { name: 'onboarding-unkept', state: { ...unkept, onboarding: true } },
    { name: 'onboarding-unkept-dark-de', state: german({ ...unkept, onboarding: true }), dark: true },
    { name: 'onboarding-kept', state: { ...unkept, onboarding: true }, then: keepKey },
    { name: 'settings-kept-dark-de', state: german(unkept), dark: true, then: async (page) => { await settingsAt('connection')(page); await keepKey(page) } },
    { name: 'settings-960', state: openai, width: 960, then: settingsAt() },
    { name: 'settings-pick', state: scene('ready'), then: async (page) => { await settingsAt()(page); await page.getByLabel('Microphone', { exact: true }).click() } },
    { name: 'settings-search', state: changed, then: search('micro') },
    { name: 'settings-search-nothing', state: changed, then: search('weather') },
  ]
}

/** The same in the dark. */
const darkened = (shot: Shot): Shot => ({ ...shot, name: `${shot.name}-dark`, dark: true })

/** Every picture worth looking at. */
export const shots: Shot[] = []
for (const [name, state] of Object.entries(scenes)) {
  shots.push({ name, state }, { name: `${name}-dark`, state, dark: true })
}
for (const name of ['empty', 'ready', 'speaking', 'held', 'remarks', 'onboarding']) {
  shots.push({ name: `${name}-960`, state: scene(name), width: 960 }, { name: `${name}-380`, state: scene(name), width: 380, height: 640 }, { name: `${name}-de`, state: german(scene(name)) }, { name: `${name}-de-380`, state: german(scene(name)), width: 380, height: 640 })
}
shots.push(
  { name: 'talk-held', state: scene('ready'), then: holdTalk },
  { name: 'talk-held-dark', state: scene('ready'), dark: true, then: holdTalk },
  { name: 'talk-held-de', state: german(scene('ready')), then: holdTalk },
  { name: 'talk-focus', state: scene('ready'), then: (page) => page.getByRole('button', { name: 'Talk' }).focus() },
  { name: 'line', state: scene('speaking'), then: levels },
  { name: 'line-960-dark', state: scene('speaking'), dark: true, width: 960, then: levels },
  { name: 'line-reduced', state: scene('speaking'), reduced: true, then: levels },
  ...settingsShots(),
  ...personaShots(),
  { name: 'tooltip', state: scene('ready'), then: async (page) => { await page.getByRole('button', { name: 'Mute microphone' }).hover(); await page.waitForTimeout(900) } },
  { name: 'hover-entry', state: scene('ready'), then: (page) => page.getByRole('article').nth(1).hover() },
  { name: 'onboarding-openai', state: scene('onboarding'), height: 900, then: (page) => page.getByRole('button', { name: /OpenAI key/ }).click() },
  { name: 'onboarding-openai-dark', state: scene('onboarding'), dark: true, height: 900, then: (page) => page.getByRole('button', { name: /OpenAI key/ }).click() },
  { name: 'onboarding-openai-de', state: german(scene('onboarding')), height: 900, then: (page) => page.getByRole('button', { name: /OpenAI-Schl/ }).click() },
  {
    name: 'onboarding-server', state: scene('onboarding'), height: 1000,
    then: async (page) => {
      await page.getByRole('button', { name: /another server/ }).click()
      await page.getByLabel('Address').fill('ws://192.168.1.20:9000/v1/realtime')
      await page.getByLabel('Key', { exact: true }).fill('abc')
      await page.getByRole('button', { name: 'Check and use' }).click()
    },
  },
  {
    name: 'onboarding-refused', state: scene('onboarding'), height: 900,
    then: async (page) => {
      await page.getByRole('button', { name: /OpenAI key/ }).click()
      await page.getByLabel('Key', { exact: true }).fill('abc')
      await page.evaluate(() => { window.fake.answers['endpoint.choose'] = { code: 'invalid_key', detail: { host: 'api.openai.com' }, actions: [] } })
      await page.getByRole('button', { name: 'Check and use' }).click()
    },
  },
  { name: 'onboarding-microphone', state: scene('onboarding'), then: async (page) => { await page.getByRole('button', { name: /hear you/ }).click(); await page.waitForTimeout(150); await levels(page) } },
  ...['', '-dark', '-de', '-380', '-200', '-forced'].flatMap((look): Shot[] =>
    ['Do you hear Parley\\?|Hörst du Parley\\?', 'Which key talks\\?|Welche Taste spricht\\?'].map((title, i) => ({
      name: `onboarding-${i === 0 ? 'speaker' : 'key'}${look}`,
      state: {
        ...(look === '-de' ? german(scene('onboarding-again')) : scene('onboarding-again')),
        talkKey: { provider: 'hook' as const, canHold: true, name: look === '-de' ? 'Rechte Strg' : 'Right Ctrl', chosen: 'Right Ctrl', reasons: [] },
        talkKeyTrial: { phase: 'held' as const, last: null },
      },
      height: 900,
      ...(look === '-dark' ? { dark: true } : {}),
      ...(look === '-380' ? { width: 380 } : {}),
      ...(look === '-200' ? { width: 260, height: 500, scale: 2 } : {}),
      ...(look === '-forced' ? { forced: true } : {}),
      then: async (page: Page) => {
        await page.getByRole('button', { name: new RegExp(title) }).click()
        if (i === 0) await page.getByRole('radio').last().check()
      },
    })),
  ),
  { name: 'save-menu', state: scene('ready'), then: (page) => page.getByRole('button', { name: 'Save conversation' }).click() },
  { name: 'many', state: { ...scene('ready'), entries: many(300) } },
  { name: 'zoom-200', state: scene('speaking'), width: 260, height: 360, scale: 2 },
  { name: 'zoom-200-least', state: scene('held'), width: 190, height: 240, scale: 2 },
  { name: 'zoom-200-960', state: scene('speaking'), width: 480, height: 360, scale: 2 },
  { name: 'newest', state: { ...scene('speaking'), entries: many(40) }, then: async (page) => { await page.mouse.move(200, 300); await page.mouse.wheel(0, -700); await page.waitForTimeout(100) } },
  { name: 'long', state: { ...scene('ready'), voice: { ...scene('ready').voice, state: 'reconnecting', startedAt: Date.UTC(2026, 10, 20, 12), tokens: 98_765 } } },
  { name: 'contrast', state: scene('speaking'), contrast: true },
  { name: 'forced', state: scene('speaking'), forced: true, then: holdTalk },
)

for (const [name, state] of Object.entries(overlayScenes)) {
  const tall = /failed|held|question|timer|notice/.test(name)
  const size = { overlay: true, width: 260, height: tall ? 320 : 64 }
  shots.push(
    { name: `overlay-${name}`, state, ...size, then: levels },
    { name: `overlay-${name}-dark`, state, ...size, dark: true, then: levels },
    { name: `overlay-${name}-de`, state: german(state), ...size, scale: 2, then: levels },
  )
}
const overlayScene = (name: string): AppState => overlayScenes[name] ?? scene(name)
shots.push(
  { name: 'overlay-zoom-200', state: overlayScene('speaking'), overlay: true, width: 130, height: 130, scale: 2, then: levels },
  { name: 'overlay-zoom-200-failed-de', state: german(overlayScene('failed')), overlay: true, width: 130, height: 320, scale: 2 },
  { name: 'overlay-down', state: { ...overlayScene('question'), overlay: { on: true, reason: '', grows: 'down', movedBy: 'page' } }, overlay: true, width: 260, height: 260 },
  { name: 'overlay-contrast', state: overlayScene('listening'), overlay: true, width: 260, height: 64, contrast: true, then: levels },
  { name: 'overlay-contrast-dark', state: overlayScene('muted'), overlay: true, width: 260, height: 64, contrast: true, dark: true, then: levels },
  { name: 'overlay-forced', state: overlayScene('listening'), overlay: true, width: 260, height: 64, forced: true, then: levels },
  { name: 'overlay-reduced', state: overlayScene('speaking'), overlay: true, width: 260, height: 64, reduced: true, then: levels },
)

/** The views and their states, where the rest are looks of the same: other languages, sizes, contrasts. */
const STATES = new RegExp(
  `^(${[
    // Speaking is `line`: the same with sound.
    ...Object.keys(scenes).filter((name) => name !== 'speaking'),
    'talk-(held|focus)|line|save-menu|newest|tooltip|hover-entry',
    'onboarding-(openai|server|refused|microphone|speaker|key|unkept|kept)',
    'settings-(talking|talkKey|sound|connection|costs|desktop|privacy|about|pick|search|search-nothing|unkept-[01])',
    'persona-(title|menu|list|more|delete|look|form|wrong)',
    ...Object.keys(overlayScenes).map((name) => `overlay-${name}`),
    'overlay-down',
  ].join('|')})$`,
)
const states = shots.filter(({ name }) => STATES.test(name))
const listed = new Set(shots.map(({ name }) => name))
shots.push(...states.map(darkened).filter(({ name }) => !listed.has(name)))

/** Each state in light and in dark, on a screen of as many dots as CSS px and on one of twice as many. */
export const everyState: readonly Shot[] = states.flatMap(({ name }) => {
  const both = shots.filter((shot) => shot.name === name || shot.name === `${name}-dark`)
  return [...both, ...both.map((shot) => ({ ...shot, name: `sharp-${shot.name}`, scale: 2 }))]
})
shots.push(...everyState.filter(({ name }) => name.startsWith('sharp-')))
