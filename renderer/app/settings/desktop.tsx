import { useTranslation } from 'react-i18next'
import { Check, Pick } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { useApp } from '../use-store.ts'
import { one, useChange } from './row.tsx'
import type { RowSpec, SectionSpec } from './rows.ts'

const LANGUAGES = ['system', 'en', 'de'] as const
const THEMES = ['system', 'light', 'dark'] as const
const OVERLAY = ['system', 'shown', 'hidden'] as const

/** How Parley lives on the desktop: overlay, start and end, language, theme. */
export function useDesktop(): SectionSpec {
  const settings = useApp((s) => s.settings)
  const overlayReason = useApp((s) => s.overlay.reason)
  const desktop = useApp((s) => s.desktop)
  const change = useChange()
  const { t } = useTranslation()

  function check(name: 'overlayFollows' | 'overlayProtected' | 'startAtLogin' | 'closeToTray', label: string, hint?: string): RowSpec {
    const words = hint === undefined ? {} : { hint }
    return {
      id: name,
      label,
      ...words,
      settings: [name],
      content: <Check label={label} {...words} checked={settings[name]} onChange={(on) => change({ [name]: on })} />,
    }
  }
  const overlayHint = `${t('settings.overlayHint')}${overlayReason === '' ? '' : ` ${t(`settings.overlayReason.${overlayReason}`)}`}`
  const loginHint = desktop.login === '' ? t('settings.startAtLoginHint') : t(`settings.startAtLoginOutcome.${desktop.login}`)
  const overlay = settings.overlay === null ? 'system' : settings.overlay ? 'shown' : 'hidden'
  const rows: RowSpec[] = [
    {
      id: 'overlay',
      label: t('settings.overlay'),
      hint: overlayHint,
      words: OVERLAY.map((value) => t(`settings.overlayChoices.${value}`)),
      settings: ['overlay'],
      content: (
        <Field label={t('settings.overlay')} hint={overlayHint}>
          {({ id, describedBy }) => (
            <Pick
              id={id}
              describedBy={describedBy}
              value={overlay}
              options={OVERLAY.map((value) => ({ value, label: t(`settings.overlayChoices.${value}`) }))}
              onChange={(value) => change({ overlay: value === 'system' ? null : value === 'shown' })}
            />
          )}
        </Field>
      ),
    },
    check('overlayFollows', t('settings.overlayFollows')),
    check('overlayProtected', t('settings.overlayProtected'), t('settings.overlayProtectedHint')),
    check('startAtLogin', t('settings.startAtLogin'), loginHint),
    check('closeToTray', t('settings.closeToTray'), t(desktop.noTray ? 'settings.closeToTrayNone' : 'settings.closeToTrayHint')),
    {
      id: 'language',
      label: t('settings.language'),
      words: LANGUAGES.map((value) => t(`settings.languages.${value}`)),
      settings: ['language'],
      content: (
        <Field label={t('settings.language')}>
          {({ id }) => (
            <Pick
              id={id}
              value={settings.language}
              options={LANGUAGES.map((value) => ({ value, label: t(`settings.languages.${value}`) }))}
              onChange={(value) => change({ language: one(LANGUAGES, value) })}
            />
          )}
        </Field>
      ),
    },
    {
      id: 'theme',
      label: t('settings.theme'),
      words: THEMES.map((value) => t(`settings.themes.${value}`)),
      settings: ['theme'],
      content: (
        <Field label={t('settings.theme')}>
          {({ id }) => (
            <Pick
              id={id}
              value={settings.theme}
              options={THEMES.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
              onChange={(value) => change({ theme: one(THEMES, value) })}
            />
          )}
        </Field>
      ),
    },
  ]
  return { id: 'desktop', title: t('settings.sections.desktop'), rows }
}
