import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pixels } from '../../../stand-in/src/png.ts'
import type { Looks } from './camera.ts'
import { everyState, shots, type Shot } from './shot-list.ts'

/** Where the accepted pictures are, with `looks.json`: what they were taken with. */
export const FOLDER = join(import.meta.dirname, '../baselines')
/** A channel of 0…255 that differs by no more is the same: edges of letters may be smoothed a little differently. */
const SAME = 8
/** The part of a picture's pixels that may differ. */
export const TOLERATED = 0.001

/** Looks that not every state is kept in. */
const LOOKS = [
  /^(contrast|forced|zoom-200|speaking-960|held-de-380|remarks-de-380)$/,
  /^onboarding-(de|de-380)$/,
  /^settings-(sound-forced|talking-380-de|connection-de)$/,
  /^persona-(menu|list)-380-de$/,
  /^overlay-(contrast|contrast-dark|forced|reduced|zoom-200)$/,
  /^overlay-[a-z]+-de$/,
]

/** The shots whose pictures are kept. */
export const baselines: readonly Shot[] = [...everyState, ...shots.filter(({ name }) => LOOKS.some((look) => look.test(name)))]

/** Of them, those that `npm test` compares: each view in its most telling states. `npm run test:long -- looks` compares all. */
export const telling: readonly Shot[] = baselines.filter(({ name }) =>
  /^((remarks|line|onboarding|settings-(talking|sound)|persona-form|overlay-(listening|question))(-dark)?|empty|talk-held|forced|held-de-380|settings-talking-380-de|overlay-failed-de)$/.test(name),
)

/** Why pictures taken with `now` cannot be held against those taken with `then`; null when they can. */
export function incomparable(then: Looks, now: Looks): string | null {
  if (then.chromium !== now.chromium) return `the pictures were taken with Chromium ${then.chromium}, this is ${now.chromium}`
  if (then.platform !== now.platform) return `the pictures were taken on ${then.platform}, this is ${now.platform}`
  const names = [...new Set([...Object.keys(then.fonts), ...Object.keys(now.fonts)])].filter((name) => then.fonts[name] !== now.fonts[name])
  return names.length === 0 ? null : `the pictures were taken with other fonts: ${names.join(', ')}`
}

/** What the accepted pictures were taken with. */
export async function acceptedLooks(): Promise<Looks> {
  return JSON.parse(await readFile(join(FOLDER, 'looks.json'), 'utf8')) as Looks
}

/** How two pictures differ. */
export interface Difference {
  /** Pixels that differ by more than smoothing; all of them when the sizes differ. */
  count: number
  /** Of all pixels, 0…1. */
  part: number
  /** The new picture pale, what differs in red. */
  picture: Pixels
}

/** Compares two pictures pixel by pixel. */
export function compare(accepted: Pixels, taken: Pixels): Difference {
  const sized = accepted.width === taken.width && accepted.height === taken.height
  const rgba = Buffer.alloc(taken.rgba.length, 255)
  let count = 0
  for (let at = 0; at < rgba.length; at += 4) {
    let most = sized ? 0 : 255
    for (let k = at; sized && k < at + 4; k++) most = Math.max(most, Math.abs((accepted.rgba[k] ?? 0) - (taken.rgba[k] ?? 0)))
    if (most > SAME) count += 1
    for (let k = 0; k < 3; k++) rgba[at + k] = most > SAME ? (k === 0 ? 230 : 0) : 200 + Math.round((taken.rgba[at + k] ?? 0) * 0.2)
  }
  return { count, part: count / (taken.width * taken.height), picture: { width: taken.width, height: taken.height, rgba } }
}
