import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDecimal } from '../../i18n/format.ts'
import { Button } from '../parts/button.tsx'
import { Check } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { Slider } from '../parts/slider.tsx'
import { useApp, useStore } from '../use-store.ts'
import { useChange } from './row.tsx'
import type { SectionSpec } from './rows.ts'
import { TalkKeyField } from './talk-key-field.tsx'

/** The key that talks from anywhere: which one, how its presses are meant, which way it is served, and why. */
export function useTalkKeySection(): SectionSpec {
  const { turnMode, talkKeyAutomatic, talkKeyTapMs } = useApp((s) => s.settings)
  const change = useChange()
  const { t, i18n } = useTranslation()
  const seconds = (ms: number): string => t('talkKey.seconds', { value: formatDecimal(ms / 1000, i18n.language) })
  return {
    id: 'talkKey',
    title: t('talkKey.title'),
    rows: [
      {
        id: 'talkKey',
        label: t('talkKey.key'),
        words: [t('talkKey.pressAnother')],
        settings: ['talkKey'],
        content: (
          <>
            <TalkKeyField />
            <TalkKeyWay />
          </>
        ),
      },
      {
        id: 'talkKeyAutomatic',
        label: t('talkKey.automatic'),
        hint: t('talkKey.automaticHint'),
        settings: ['talkKeyAutomatic'],
        hidden: turnMode === 'tap',
        content: <Check label={t('talkKey.automatic')} hint={t('talkKey.automaticHint')} checked={talkKeyAutomatic} onChange={(on) => change({ talkKeyAutomatic: on })} />,
      },
      {
        id: 'talkKeyTapMs',
        label: t('talkKey.tapMs'),
        settings: ['talkKeyTapMs'],
        hidden: turnMode === 'tap' || !talkKeyAutomatic,
        content: (
          <Field label={t('talkKey.tapMs')}>
            {({ id }) => <Slider id={id} min={150} max={1000} step={50} value={talkKeyTapMs} text={seconds} onChange={(ms) => change({ talkKeyTapMs: ms })} />}
          </Field>
        ),
      },
      {
        id: 'commands',
        label: t('talkKey.commands'),
        hint: t('talkKey.commandsHint'),
        words: ['parley --talk --stop --toggle --show'],
        settings: [],
        content: (
          <div className="field">
            <p className="field-label">{t('talkKey.commands')}</p>
            <p className="field-hint">{t('talkKey.commandsHint')}</p>
            <p className="commands">
              {['--talk', '--stop', '--toggle', '--show'].map((command) => (
                <code key={command}>parley {command}</code>
              ))}
            </p>
          </div>
        ),
      },
    ],
  }
}

/** Which way serves the key, and why. */
export function TalkKeyWay(): ReactNode {
  const talkKey = useApp((s) => s.talkKey)
  const store = useStore()
  const { t } = useTranslation()
  if (talkKey === null) return null
  return (
    <>
      <p className="field-hint" role="status">
        {talkKey.name === '' ? t('talkKey.none') : t(talkKey.canHold ? 'talkKey.holds' : 'talkKey.taps', { name: talkKey.name })}
        {talkKey.reasons.map((reason) => ` ${t(`talkKey.reasons.${isReason(reason) ? reason : 'hook_failed'}`)}`)}
      </p>
      {talkKey.reasons.includes('accessibility_needed') && (
        <div>
          <Button onClick={() => void store.request('talkKey.askAccess')}>{t('talkKey.askAccess')}</Button>
        </div>
      )}
    </>
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
  'desktop_chooses',
  'portal_asking',
  'portal_denied',
  'portal_unassigned',
  'portal_lost',
] as const

function isReason(reason: string): reason is (typeof REASONS)[number] {
  return REASONS.some((known) => known === reason)
}
