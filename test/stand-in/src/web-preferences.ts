import { isAbsolute } from 'node:path'
import { notInStandIn } from './strict.ts'

/** Preferences that the stand-in can honour or that change nothing for a page here. */
const allowed: Record<string, (value: unknown) => boolean> = {
  preload: (value) => typeof value === 'string' && isAbsolute(value),
  contextIsolation: (value) => value === true,
  sandbox: (value) => value === true,
  nodeIntegration: (value) => value === false,
  nodeIntegrationInWorker: (value) => value === false,
  nodeIntegrationInSubFrames: (value) => value === false,
  webSecurity: (value) => value === true,
  allowRunningInsecureContent: (value) => value === false,
  webviewTag: (value) => value === false,
  experimentalFeatures: (value) => value === false,
  navigateOnDragDrop: (value) => value === false,
  safeDialogs: () => true,
  disableDialogs: () => true,
  backgroundThrottling: (value) => typeof value === 'boolean',
  devTools: (value) => typeof value === 'boolean',
  spellcheck: (value) => typeof value === 'boolean',
  javascript: (value) => value === true,
  images: (value) => value === true,
  plugins: (value) => value === false,
  webgl: () => true,
  enableWebSQL: (value) => value === false,
  autoplayPolicy: (value) => value === 'no-user-gesture-required',
  additionalArguments: (value) => Array.isArray(value),
  zoomFactor: (value) => typeof value === 'number',
  v8CacheOptions: () => true,
  defaultEncoding: () => true,
  defaultFontSize: () => true,
  minimumFontSize: () => true,
}

/** Refuses whatever would open a page up, and whatever the stand-in cannot honour. */
export function checkPreferences(preferences: Electron.WebPreferences): void {
  for (const [name, value] of Object.entries(preferences) as [string, unknown][]) {
    if (value === undefined) continue
    const check = allowed[name]
    if (!check?.(value)) throw notInStandIn(`webPreferences.${name}: ${JSON.stringify(value)}`)
  }
}
