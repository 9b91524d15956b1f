import { heightAt, TRAIL, type LevelTrail } from './level-trail.ts'

/** Everything that one drawing of the line depends on. Lengths in CSS px. */
export interface LineDrawing {
  width: number
  height: number
  trail: LevelTrail
  /** The microphone is off or muted: the line is dashed. */
  dashed: boolean
  /** Two plain bars instead of a wave (reduced motion). */
  plain: boolean
  /** Only the person's side (the meter). */
  oneSided: boolean
  colours: { rule: string; mic: string; voice: string }
}

/** How far one level travels until the next arrives, px: at least this, more where the line is wide. */
const STEP = 6
/** How much of the whole width one side may take. */
const SHARE = 0.56
/** Length of one swing, px. */
const WAVE = 23
/** Thickness of the plain bars, px. */
const BAR = 4

/** What is lower than this is silence, px; taken off everything else, so that the wave leaves the hairline without a step. */
const SILENCE = 0.6

function swell(height: number): number {
  return Math.max(0, height - SILENCE)
}

/** Draws the line: a hairline that is the sound itself. The person's voice comes from the left, Parley's from the right. */
export function drawLine(ctx: CanvasRenderingContext2D, d: LineDrawing): void {
  ctx.clearRect(0, 0, d.width, d.height)
  if (d.plain) drawBars(ctx, d)
  else drawWave(ctx, d)
}

function drawWave(ctx: CanvasRenderingContext2D, d: LineDrawing): void {
  const { width, trail } = d
  const middle = d.height / 2
  const most = d.oneSided ? width : width * SHARE
  const step = Math.max(STEP, most / TRAIL / 1.4)
  const reach = Math.min(TRAIL * step, most)
  const room = middle - 3

  const side = (levels: Float32Array, x: number): number => (x >= reach ? 0 : heightAt(levels, x / step) * (1 - x / reach) ** 1.2)
  const carrier = (x: number): number => Math.sin(((x - trail.count * step) / WAVE) * 2 * Math.PI)

  const tops: number[] = []
  const offsets: number[] = []
  for (let x = 0; x <= width; x += 1) {
    const mic = side(trail.mic, x)
    const voice = d.oneSided ? 0 : side(trail.voice, width - x)
    tops.push(swell(Math.max(mic, voice) * room))
    offsets.push(swell(mic * room) * carrier(x) + swell(voice * room) * carrier(width - x))
  }

  // what is silent is a hairline
  ctx.lineWidth = 1
  ctx.strokeStyle = d.colours.rule
  ctx.setLineDash(d.dashed ? [7, 6] : [])
  strokeWhere(ctx, tops, (top) => top === 0, () => middle)
  ctx.setLineDash([])

  const fade = ctx.createLinearGradient(0, 0, width, 0)
  fade.addColorStop(0, d.colours.mic)
  fade.addColorStop(d.oneSided ? 1 : 0.5, d.colours.mic)
  if (!d.oneSided) {
    fade.addColorStop(0.5, d.colours.voice)
    fade.addColorStop(1, d.colours.voice)
  }
  ctx.globalAlpha = 0.1
  ctx.fillStyle = fade
  ctx.beginPath()
  tops.forEach((top, x) => ctx.lineTo(x, middle - top))
  for (let x = tops.length - 1; x >= 0; x--) {
    const top = tops[x] ?? 0
    ctx.lineTo(x, middle + top)
  }
  ctx.fill()

  ctx.globalAlpha = 1
  ctx.lineWidth = 1.5
  ctx.lineJoin = 'round'
  ctx.strokeStyle = fade
  strokeWhere(ctx, tops, (top) => top > 0, (x) => middle + (offsets[x] ?? 0))
}

/** Strokes the runs of x where `take` holds. */
function strokeWhere(ctx: CanvasRenderingContext2D, tops: readonly number[], take: (top: number) => boolean, y: (x: number) => number): void {
  ctx.beginPath()
  let drawing = false
  tops.forEach((top, x) => {
    const now = take(top)
    if (now && drawing) ctx.lineTo(x, y(x))
    else if (now) ctx.moveTo(Math.max(0, x - 1), y(x))
    drawing = now
  })
  ctx.stroke()
}

function drawBars(ctx: CanvasRenderingContext2D, d: LineDrawing): void {
  const middle = d.height / 2
  ctx.lineWidth = 1
  ctx.strokeStyle = d.colours.rule
  ctx.setLineDash(d.dashed ? [7, 6] : [])
  ctx.beginPath()
  ctx.moveTo(0, middle)
  ctx.lineTo(d.width, middle)
  ctx.stroke()
  ctx.setLineDash([])
  const most = d.oneSided ? d.width : d.width / 2
  const mic = (d.trail.mic[0] ?? 0) * most
  ctx.fillStyle = d.colours.mic
  ctx.fillRect(0, middle - BAR / 2, mic, BAR)
  if (d.oneSided) return
  const voice = (d.trail.voice[0] ?? 0) * most
  ctx.fillStyle = d.colours.voice
  ctx.fillRect(d.width - voice, middle - BAR / 2, voice, BAR)
}
