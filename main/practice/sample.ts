import { loadClipLibrary, loadClipsFrom, type PracticeLanguage } from './clips.ts'

/** What the practice partner says when its voice is tried: PCM16 mono 24 kHz. Rejects when the clips are broken. */
export async function practiceSample(language: PracticeLanguage, folder: string): Promise<Uint8Array> {
  const { hello } = await loadClipLibrary(language, loadClipsFrom(folder))
  const samples = hello.pcm()
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).slice()
}
