/** Sizes that the tray's icons are drawn at, px: those of the systems' panels at 1x, 1.25x, 1.5x, 2x and 3x. */
export const TRAY_SIZES = [16, 20, 22, 24, 32, 44, 48]

/** What they are drawn with: the ink of the light and of the dark theme, for panels of the opposite lightness. */
export const TRAY_INKS = { dark: '#1d1916', light: '#edeae6' }
