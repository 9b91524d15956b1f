import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TRAY_FACES, trayFace, trayImage, trayToolTip } from '../../../../main/desktop/tray/face.ts'
import { desktopTexts } from '../../../../main/desktop/texts.ts'
import { TRAY_INKS, TRAY_SIZES } from '../../../../scripts/lib/tray-icons.mjs'
import type { VoiceStateName } from '../../../../shared/state.ts'

const BUILD = resolve(import.meta.dirname, '../../../../build/tray')

describe('the face of the tray', () => {
  it.each<[VoiceStateName, 'off' | 'armed' | 'live' | 'muted', string]>([
    ['idle', 'off', 'idle'],
    ['idle', 'muted', 'muted'],
    ['ready', 'armed', 'ready'],
    ['ready', 'muted', 'muted'],
    ['connecting', 'off', 'thinking'],
    ['reconnecting', 'muted', 'thinking'],
    ['listening', 'live', 'listening'],
    ['thinking', 'muted', 'thinking'],
    ['speaking', 'muted', 'speaking'],
    ['failed', 'muted', 'failed'],
  ])('%s with the microphone %s is %s', (state, microphone, face) => {
    expect(trayFace({ state, microphone })).toBe(face)
  })

  it('says state and mute in words', () => {
    expect(trayToolTip({ state: 'speaking', microphone: 'muted' }, desktopTexts('en'))).toBe('Parley – Speaking, microphone muted')
    expect(trayToolTip({ state: 'listening', microphone: 'live' }, desktopTexts('de'))).toBe('Parley – Hört zu')
  })
})

describe('the drawings', () => {
  const png = (name: string): Buffer => readFileSync(join(BUILD, 'png', name))

  it('are there for every face, in every size and ink, each its own', () => {
    const seen = new Map<string, string>()
    for (const face of TRAY_FACES) {
      expect(readFileSync(join(BUILD, `${face}.svg`), 'utf8')).toContain('currentColor')
      for (const ink of Object.keys(TRAY_INKS)) {
        for (const size of TRAY_SIZES) {
          const name = `${face}-${ink}-${size}.png`
          const data = png(name)
          expect(data.subarray(1, 4).toString(), name).toBe('PNG')
          expect([data.readUInt32BE(16), data.readUInt32BE(20)], name).toEqual([size, size])
          const twin = seen.get(data.toString('base64'))
          expect(twin, `${name} is ${String(twin)}`).toBeUndefined()
          seen.set(data.toString('base64'), name)
        }
      }
    }
    expect(readdirSync(join(BUILD, 'png'))).toHaveLength(seen.size)
  })

  it.each<[string, Parameters<typeof trayImage>[0], string, boolean]>([
    ['macOS', { platform: 'darwin', darkPanel: true, desktop: '', scaleFactor: 2 }, 'dark', true],
    ['Windows, light taskbar', { platform: 'win32', darkPanel: false, desktop: '', scaleFactor: 1.5 }, 'dark', false],
    ['Windows, dark taskbar', { platform: 'win32', darkPanel: true, desktop: '', scaleFactor: 1 }, 'light', false],
    ['KDE, light', { platform: 'linux', darkPanel: false, desktop: 'KDE', scaleFactor: 1 }, 'dark', false],
    ['GNOME, whose panel is dark in the light theme as well', { platform: 'linux', darkPanel: false, desktop: 'ubuntu:GNOME', scaleFactor: 2 }, 'light', false],
  ])('%s gets PNGs that exist', (_what, system, ink, template) => {
    const image = trayImage(system)
    expect(image).toMatchObject({ ink, template })
    for (const { px } of image.sizes) expect(TRAY_SIZES).toContain(px)
    // One picture on Linux, whose panel fits it itself.
    expect(image.sizes.length === 1).toBe(system.platform === 'linux')
  })
})
