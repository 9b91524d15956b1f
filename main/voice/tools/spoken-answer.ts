/** Words that allow. */
const YES = words('yes yeah yep yup sure ok okay allow allowed absolutely definitely certainly ja jawohl jo jup klar natürlich gern gerne erlaubt')
/** Groups of words that allow, none of which does alone. */
const YES_PHRASES = ['go ahead', 'do it', 'do that', 'please do', 'of course', 'open it', 'read it', 'thats fine', 'in ordnung', 'nur zu', 'mach das', 'mach es', 'mach mal', 'tu das', 'leg los']
/** Words that may stand beside them without changing anything. */
const BESIDE = words(
  'please thanks thank you it that thats this do go ahead of course fine is open read i you may can parley uh um hm well oh so right the page ' +
    'bitte danke das es du kannst darfst mach mal tu leg los in ordnung nur zu doch ich die seite äh ähm na aber auf öffne lies',
)
/** Words that forbid. One is enough: no is what silence means, too. */
const NO = words('no nope nah never dont not cancel stop deny refuse wait nein nee nö ne nicht niemals abbrechen stopp lass halt warte')

/** Longest answer that may allow something, words. */
const MAX_YES_WORDS = 6
/** Longest answer in which a word that forbids counts wherever it stands, words. */
const MAX_NO_WORDS = 5

/**
 * Reads a yes or a no out of what a person said or typed, in English and German. Strict for yes:
 * the whole of a short answer must mean yes and nothing else. Anything doubtful is null.
 *
 * It is read here and not left to the model, so that nobody but the person can allow what the
 * model asked for.
 */
export function readAnswer(said: string): 'yes' | 'no' | null {
  const spoken = said
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/['’`´]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  const first = spoken[0]
  if (first === undefined || said.includes('?')) return null
  if (NO.has(first) || (spoken.length <= MAX_NO_WORDS && spoken.some((word) => NO.has(word)))) return 'no'
  if (spoken.length > MAX_YES_WORDS || spoken.some((word) => NO.has(word) || !(YES.has(word) || BESIDE.has(word)))) return null
  const whole = ` ${spoken.join(' ')} `
  return spoken.some((word) => YES.has(word)) || YES_PHRASES.some((phrase) => whole.includes(` ${phrase} `)) ? 'yes' : null
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}
