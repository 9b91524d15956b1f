import { StrictEmitter } from './strict.ts'

/** The desktop's appearance settings. */
export interface SystemLook {
  dark: boolean
  highContrast: boolean
  forcedColors: boolean
  invertedColors: boolean
  reducedTransparency: boolean
}

export class NativeTheme extends StrictEmitter {
  #look: SystemLook = { dark: false, highContrast: false, forcedColors: false, invertedColors: false, reducedTransparency: false }
  #source: 'system' | 'light' | 'dark' = 'system'
  #apply: () => void

  /** `apply` is called for pages to follow. */
  constructor(apply: () => void) {
    super()
    this.#apply = apply
  }

  get shouldUseDarkColors(): boolean { return this.#source === 'dark' || (this.#source === 'system' && this.#look.dark) }
  get shouldUseDarkColorsForSystemIntegratedUI(): boolean { return this.#look.dark }
  get shouldUseHighContrastColors(): boolean { return this.#look.highContrast }
  get shouldUseInvertedColorScheme(): boolean { return this.#look.invertedColors }
  get shouldDifferentiateWithoutColor(): boolean { return false }
  get inForcedColorsMode(): boolean { return this.#look.forcedColors }
  get prefersReducedTransparency(): boolean { return this.#look.reducedTransparency }
  get themeSource(): 'system' | 'light' | 'dark' { return this.#source }
  set themeSource(source: 'system' | 'light' | 'dark') {
    if (!['system', 'light', 'dark'].includes(source)) throw new TypeError(`Error processing argument at index 0, conversion failure from ${String(source)}`)
    this.#change(() => { this.#source = source })
  }

  /** The desktop's own settings change. */
  systemChanges(look: Partial<SystemLook>): void { this.#change(() => { Object.assign(this.#look, look) }) }

  /** What pages see of it. */
  mediaFeatures(): { name: string, value: string }[] {
    const { highContrast, forcedColors, invertedColors, reducedTransparency } = this.#look
    return [
      { name: 'prefers-color-scheme', value: this.shouldUseDarkColors ? 'dark' : 'light' },
      ...highContrast ? [{ name: 'prefers-contrast', value: 'more' }] : [], ...forcedColors ? [{ name: 'forced-colors', value: 'active' }] : [],
      ...invertedColors ? [{ name: 'inverted-colors', value: 'inverted' }] : [], ...reducedTransparency ? [{ name: 'prefers-reduced-transparency', value: 'reduce' }] : [],
    ]
  }

  #change(action: () => void): void {
    const state = (): string => JSON.stringify([this.shouldUseDarkColors, this.#look])
    const before = state()
    action()
    this.#apply()
    if (before !== state()) setImmediate(() => { this.emit('updated') })
  }
}
