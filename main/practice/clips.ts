import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from '../../shared/zod.ts'
import { decodeAdpcm, length24, readAdpcmWav, upsample16To24 } from './ima-adpcm.ts'
import type { AdpcmClip } from './ima-adpcm.ts'

/** Languages in which the practice partner speaks. */
export type PracticeLanguage = 'en' | 'de'

/** Everything the practice partner can say; texts and sound are in `clips/manifest.json`. */
export const CLIP_IDS = [
  'hello', 'hold', 'speak', 'heard', 'heard_end', 'level_good', 'level_quiet', 'level_loud', 'level_clipped', 'silence', 'answered',
  'answered_end', 'echo', 'echo_offer', 'echo_none', 'next_hold', 'next_speak', 'count_hold', 'count_speak', 'cut', 'cut_end',
  'cut_last', 'uncut', 'type', 'arrived', 'arrived_end', 'done', 'about', 'key', 'unknown', 'words', 'time', 'oclock', 'stopped',
  'point', 'n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9', 'n10', 'n11', 'n12', 'n13', 'n14', 'n15', 'n16', 'n17', 'n18',
  'n19', 'n20', 'n30', 'n40', 'n50', 'n60', 'n70', 'n80', 'n90', 'hundred', 'and', 'n1_and',
] as const

/** One of {@link CLIP_IDS}. */
export type ClipId = (typeof CLIP_IDS)[number]

const spokenSchema = z.object({
  /** As it is shown. */
  text: z.string().min(1).max(300),
  /** As the synthesiser was told, where that differs. */
  say: z.string().min(1).max(300).optional(),
  /** Path below the folder of the manifest. */
  file: z.string().regex(/^[a-z0-9_]+\/[a-z0-9_]+\.wav$/),
  ms: z.number().int().positive(),
  /** Names text, voice and recipe that the file was rendered from. */
  source: z.string(),
})

/** `clips/manifest.json`; written by `scripts/render-practice-clips.mjs`. */
export const clipManifestSchema = z.object({
  sampleRate: z.literal(16_000),
  clips: z.record(z.string(), z.object({ en: spokenSchema, de: spokenSchema })),
})

/** One clip in one language. */
export interface Clip {
  text: string
  /** Length at 24 kHz. */
  samples: number
  /** Decodes: PCM16 samples, mono, 24 kHz. A few ms of work for each second of speech. */
  pcm: () => Int16Array
}

/** All clips of one language, held as they are in their files (about 0.7 MB). */
export type ClipLibrary = Readonly<Record<ClipId, Clip>>

/** Gets a file of the clips' folder by its path below it, e.g. `en/hello.wav`. */
export type LoadClip = (file: string) => Promise<Uint8Array>

/** Reads from a folder, e.g. `main/practice/clips`. */
export function loadClipsFrom(folder: string): LoadClip {
  return (file) => readFile(join(folder, file))
}

function clipOf(text: string, file: AdpcmClip): Clip {
  if (file.rate !== 16_000) throw new Error(`is at ${String(file.rate)} Hz instead of 16000`)
  return { text, samples: length24(file.length), pcm: () => upsample16To24(decodeAdpcm(file)) }
}

/** Loads every clip of one language. Rejects with an `Error` that names the clip which is missing or broken. */
export async function loadClipLibrary(language: PracticeLanguage, load: LoadClip): Promise<ClipLibrary> {
  const manifest = clipManifestSchema.parse(JSON.parse(new TextDecoder().decode(await load('manifest.json'))))
  const entries = await Promise.all(
    CLIP_IDS.map(async (id): Promise<[ClipId, Clip]> => {
      const spoken = manifest.clips[id]?.[language]
      if (spoken === undefined) throw new Error(`practice clip ${language}/${id} is not in the manifest`)
      try {
        return [id, clipOf(spoken.text, readAdpcmWav(await load(spoken.file)))]
      } catch (cause) {
        throw new Error(`practice clip ${spoken.file} cannot be used`, { cause })
      }
    }),
  )
  return Object.fromEntries(entries) as Record<ClipId, Clip>
}
