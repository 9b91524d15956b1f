import { useTranslation } from 'react-i18next'
import type { ReactNode } from 'react'
import { chordName, chordOf, defaultChord, sameChord } from '../../../shared/talk-key/chord.ts'
import { Field, Pick } from '../parts/field.tsx'
import { useApp } from '../use-store.ts'
import { useChange } from './row.tsx'
import type { SectionSpec } from './rows.ts'

/** Keys offered; each works on every keyboard and means little elsewhere. */
const TALK_KEYS = [
  ...(['ControlRight', 'AltRight', 'F8', 'F9'] as const).map((key) => chordOf(key)),
  chordOf('Space', ['ctrl', 'alt']),
  chordOf('F12', ['ctrl', 'shift']),
]

/** The key that talks from anywhere: which one, which way it is served, and why. */
export function useTalkKeySection(): SectionSpec {
  const { t } = useTranslation()
  return {
    id: 'talkKey',
    title: t('talkKey.title'),
    rows: [{ id: 'talkKey', label: t('talkKey.key'), settings: ['talkKey'], content: <TalkKeyPick /> }],
  }
}

function TalkKeyPick(): ReactNode {
  const chosen = useApp((s) => s.settings.talkKey)
  const language = useApp((s) => s.language)
  const change = useChange()
  const { t } = useTranslation()
  const platform = /mac/i.test(navigator.userAgent) ? 'darwin' : /win/i.test(navigator.userAgent) ? 'win32' : 'linux'
  const known = chosen === null || TALK_KEYS.some((chord) => sameChord(chord, chosen)) ? TALK_KEYS : [...TALK_KEYS, chosen]
  const options = known.map((chord) => ({ value: JSON.stringify(chord), label: chordName(chord, language, platform) }))
  const standard = { value: '', label: t('talkKey.standard', { name: chordName(defaultChord(platform), language, platform) }) }
  return (
    <>
      <Field label={t('talkKey.key')}>
        {({ id }) => (
          <Pick
            id={id}
            value={chosen === null ? '' : JSON.stringify(chosen)}
            options={[standard, ...options]}
            onChange={(value) => change({ talkKey: known.find((one) => JSON.stringify(one) === value) ?? null })}
          />
        )}
      </Field>
      <TalkKeyWay />
    </>
  )
}

/** Which way serves the key, and why. */
export function TalkKeyWay(): ReactNode {
  const talkKey = useApp((s) => s.talkKey)
  const { t } = useTranslation()
  if (talkKey === null) return null
  return (
    <p className="choice-hint" role="status">
      {talkKey.name === '' ? t('talkKey.none') : t(talkKey.canHold ? 'talkKey.holds' : 'talkKey.taps', { name: talkKey.name })}
      {talkKey.reasons.map((reason) => ` ${t(`talkKey.reasons.${isReason(reason) ? reason : 'hook_failed'}`)}`)}
    </p>
  )
}

const REASONS = [
  'hook_missing',
  'hook_failed',
  'accessibility_needed',
  'wayland',
  'no_display',
  'taken',
  'not_registrable',
  'unconfirmed',
  'secure_input',
  'all_taken',
] as const

function isReason(reason: string): reason is (typeof REASONS)[number] {
  return REASONS.some((known) => known === reason)
}
