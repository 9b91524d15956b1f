import { open, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { failure, FailureError } from '../shared/failure.ts'
import { MAX_PERSONA_FILE_BYTES, MAX_PERSONAS, personaDraftSchema, type Persona, type PersonaDraft } from '../shared/personas.ts'
import { z } from '../shared/zod.ts'

/** Says that a file is ours; the version grows when an older Parley could not make sense of it. */
const FORMAT = 'parley-personas'
const VERSION = 1

/** What a persona is in a file: without an id, which means something on one computer only. */
const inFile = personaDraftSchema.omit({ id: true }).strip()
const KNOWN: ReadonlySet<string> = new Set(Object.keys(inFile.shape))

const envelope = z.object({
  format: z.literal(FORMAT),
  version: z.number().int().min(1),
  personas: z.array(z.record(z.string(), z.unknown())).min(1).max(MAX_PERSONAS),
})

/** What a file held. */
export interface PersonaFile {
  personas: PersonaDraft[]
  /** Names of fields that Parley does not know and has left out. */
  dropped: string[]
}

/** Personas as the text of a file. */
export function personaFileText(personas: readonly Persona[]): string {
  const written = personas.map(({ id: _id, ...rest }) => rest)
  return `${JSON.stringify({ format: FORMAT, version: VERSION, personas: written }, null, 2)}\n`
}

/**
 * Reads the text of a persona file.
 *
 * @param file its name, for the sentence
 * @throws FailureError `persona_file_invalid` or `persona_file_newer`; nothing of it is taken then
 */
export function parsePersonaFile(text: string, file: string): PersonaFile {
  const json = parseJson(text)
  if (isNewer(json)) throw new FailureError(failure('persona_file_newer', { file }, ['dismiss']))
  const outer = envelope.safeParse(json)
  if (!outer.success) throw invalid(file, outer.error)
  const dropped = new Set<string>()
  const personas = outer.data.personas.map((entry, index) => {
    const parsed = inFile.safeParse(entry)
    if (!parsed.success) throw invalid(file, parsed.error, `personas.${String(index)}`)
    for (const name of Object.keys(entry)) if (!KNOWN.has(name)) dropped.add(name.slice(0, 40))
    return { ...parsed.data, id: null }
  })
  return { personas, dropped: [...dropped].slice(0, 20) }
}

/** Reads a persona file that the person chose. @throws FailureError when it cannot be read or is none */
export async function readPersonaFile(path: string): Promise<PersonaFile> {
  const file = basename(path)
  return parsePersonaFile(await readLimited(path, file), file)
}

/** Writes personas where the person chose. @throws FailureError `persona_file_failed` */
export async function writePersonaFile(path: string, personas: readonly Persona[]): Promise<void> {
  try {
    await writeFile(path, personaFileText(personas), 'utf8')
  } catch {
    throw new FailureError(failure('persona_file_failed', { file: basename(path) }, ['dismiss']))
  }
}

async function readLimited(path: string, file: string): Promise<string> {
  let bytes: Buffer
  try {
    const handle = await open(path, 'r')
    try {
      const about = await handle.stat()
      if (!about.isFile()) throw new Error('not a file')
      const buffer = Buffer.alloc(MAX_PERSONA_FILE_BYTES + 1)
      const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, 0)
      bytes = buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    throw new FailureError(failure('persona_file_failed', { file }, ['dismiss']))
  }
  if (bytes.byteLength > MAX_PERSONA_FILE_BYTES) throw new FailureError(failure('persona_file_large', { file }, ['dismiss']))
  // Some editors put a byte order mark before the text.
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

function isNewer(json: unknown): boolean {
  const about = z.object({ format: z.literal(FORMAT), version: z.number().gt(VERSION) }).safeParse(json)
  return about.success
}

function invalid(file: string, error: z.ZodError, at = ''): FailureError {
  const where = [at, ...(error.issues[0]?.path.map(String) ?? [])].filter((part) => part !== '').join('.')
  return new FailureError(failure('persona_file_invalid', { file, where }, ['dismiss']))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: the envelope refuses it, and the caller says so
  }
}
