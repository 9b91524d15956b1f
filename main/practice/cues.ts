/** What a typed message can ask of the partner. It knows these words and no others. */
export type Cue = 'hello' | 'help' | 'echo' | 'count' | 'time' | 'stop' | 'about'

/** Both languages always: a person who practises in German may well type "help". */
const CUES: readonly (readonly [Cue, readonly string[]])[] = [
  ['hello', ['hello', 'hello there', 'hi', 'hey', 'good morning', 'good evening', 'hallo', 'guten tag', 'guten morgen', 'guten abend', 'moin', 'servus']],
  ['help', ['help', 'help me', 'what can you do', 'hilfe', 'hilf mir', 'was kannst du', 'was konnen sie']],
  ['echo', ['echo', 'play it back', 'play back', 'playback', 'play it again', 'spiel es ab', 'spiele es ab', 'spielen sie es ab', 'abspielen', 'noch einmal abspielen']],
  ['count', ['count', 'count to twenty', 'please count', 'zahl', 'zahle', 'zahlen', 'zahlen sie', 'zahl bis zwanzig', 'zaehlen']],
  ['time', ['time', 'the time', 'what time is it', 'what is the time', 'zeit', 'uhrzeit', 'wie spat ist es', 'wieviel uhr ist es']],
  ['stop', ['stop', 'stop it', 'quiet', 'enough', 'stopp', 'halt', 'ruhe', 'genug', 'still']],
  ['about', ['what are you', 'who are you', 'about', 'was bist du', 'wer bist du', 'was sind sie', 'wer sind sie']],
]

const BY_WORDS: ReadonlyMap<string, Cue> = new Map(CUES.flatMap(([cue, words]) => words.map((w) => [w, cue] as const)))

/** Which cue a typed message is, whatever its case, accents and punctuation; null: none. */
export function cueOf(text: string): Cue | null {
  if (text.length > 200) return null
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
  return plain === '' && text.includes('?') ? 'help' : (BY_WORDS.get(plain) ?? null)
}
