import type { Disposable } from '../../../shared/disposable.ts'
import type { Levels } from '../../../shared/state.ts'
import { drawLine } from './draw-line.ts'
import { LevelTrail } from './level-trail.ts'

/** When no level has come for so long, there is no sound to show, ms. */
const STALE_MS = 240

/** What the line needs of the world. */
export interface LineOptions {
  canvas: HTMLCanvasElement
  onLevels(listener: (levels: Levels) => void): () => void
  /** Only the person's side (the meter). */
  oneSided: boolean
}

/** A line that can be told whether the microphone is off. */
export interface Line extends Disposable {
  setDashed(dashed: boolean): void
}

/**
 * Draws the levels onto a canvas as they arrive, one drawing per frame at most, none while the
 * page is hidden, and none while nothing changes.
 */
export function setUpLine(options: LineOptions): Line {
  const { canvas } = options
  const context = canvas.getContext('2d')
  if (context === null) return { setDashed: () => undefined, dispose: () => undefined }
  const ctx = context
  const trail = new LevelTrail()
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)')
  const looks = [reducedMotion, ...['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map((q) => matchMedia(q))]
  let dashed = true
  let frame = 0
  let stale = 0

  function draw(): void {
    frame = 0
    if (document.visibilityState === 'hidden') return
    const { clientWidth: width, clientHeight: height } = canvas
    const scale = devicePixelRatio
    const deviceWidth = Math.round(width * scale)
    const deviceHeight = Math.round(height * scale)
    if (canvas.width !== deviceWidth || canvas.height !== deviceHeight) {
      canvas.width = deviceWidth
      canvas.height = deviceHeight
    }
    const style = getComputedStyle(canvas)
    const colour = (token: string): string => style.getPropertyValue(token)
    ctx.setTransform(scale, 0, 0, scale, 0, 0)
    drawLine(ctx, {
      width,
      height,
      trail,
      dashed,
      plain: reducedMotion.matches,
      oneSided: options.oneSided,
      colours: { rule: colour('--line'), mic: colour('--mic'), voice: colour('--voice') },
    })
  }
  function request(): void {
    if (frame === 0 && document.visibilityState === 'visible') frame = requestAnimationFrame(draw)
  }

  const unsubscribe = options.onLevels((levels) => {
    const before = trail.still
    trail.push(levels)
    clearTimeout(stale)
    stale = window.setTimeout(() => {
      if (trail.still) return
      trail.clear()
      request()
    }, STALE_MS)
    if (!before || !trail.still) request()
  })
  const resized = new ResizeObserver(request)
  resized.observe(canvas)
  const themed = new MutationObserver(request)
  themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  for (const look of looks) look.addEventListener('change', request)
  document.addEventListener('visibilitychange', request)
  request()

  return {
    setDashed(now) {
      if (now === dashed) return
      dashed = now
      request()
    },
    dispose() {
      unsubscribe()
      clearTimeout(stale)
      cancelAnimationFrame(frame)
      resized.disconnect()
      themed.disconnect()
      for (const look of looks) look.removeEventListener('change', request)
      document.removeEventListener('visibilitychange', request)
    },
  }
}
