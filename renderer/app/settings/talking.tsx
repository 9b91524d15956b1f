import { useTranslation } from 'react-i18next'
import { Check, Choices, Pick } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { usePersonas } from '../personas/use-personas.ts'
import { useApp } from '../use-store.ts'
import { one, useChange } from './row.tsx'
import type { RowSpec, SectionSpec } from './rows.ts'

const MODES = ['hold', 'tap', 'open_line'] as const
const PACES = ['quick', 'normal', 'patient'] as const
const ARMED = ['never', 'short', 'session'] as const

/** How turns are taken, and what the microphone does between them. */
export function useTalking(): SectionSpec {
  const settings = useApp((s) => s.settings)
  const change = useChange()
  const { chosen } = usePersonas()
  const practice = useApp((s) => s.endpoint?.kind === 'practice')
  const { t } = useTranslation()
  const mode = useApp((s) => s.voice.turnMode)
  const modes = MODES.map((mode) => ({ value: mode, label: t(`settings.turnModes.${mode}`), hint: t(`settings.turnHints.${mode}`) }))
  const openLine = settings.turnMode === 'open_line' || mode === 'open_line'

  const rows: RowSpec[] = [
    {
      id: 'turnMode',
      label: t('settings.turns'),
      words: modes.flatMap(({ label, hint }) => [label, hint]),
      settings: ['turnMode'],
      content: (
        <>
          <Choices legend={t('settings.turns')} value={settings.turnMode} onChange={(turnMode) => change({ turnMode })} choices={modes} />
          {chosen.turnMode !== null && !practice && (
            <p className="field-hint">{t('persona.turnModeOverrides', { name: chosen.name, mode: t(`settings.turnModes.${chosen.turnMode}`) })}</p>
          )}
        </>
      ),
    },
    {
      id: 'pace',
      label: t('settings.pace'),
      hint: t('settings.paceHint'),
      words: PACES.map((pace) => t(`settings.paces.${pace}`)),
      settings: ['pace'],
      hidden: !openLine,
      content: (
        <Field label={t('settings.pace')} hint={t('settings.paceHint')}>
          {({ id, describedBy }) => (
            <Pick
              id={id}
              describedBy={describedBy}
              value={settings.pace}
              options={PACES.map((value) => ({ value, label: t(`settings.paces.${value}`) }))}
              onChange={(value) => change({ pace: one(PACES, value) })}
            />
          )}
        </Field>
      ),
    },
    {
      id: 'byMeaning',
      label: t('settings.byMeaning'),
      hint: t('settings.byMeaningHint'),
      settings: ['byMeaning'],
      hidden: !openLine,
      content: <Check label={t('settings.byMeaning')} hint={t('settings.byMeaningHint')} checked={settings.byMeaning} onChange={(byMeaning) => change({ byMeaning })} />,
    },
    {
      id: 'armed',
      label: t('settings.armed'),
      hint: t('settings.armedHint'),
      words: ARMED.map((value) => t(`settings.armedChoices.${value}`)),
      settings: ['armed'],
      content: (
        <Field label={t('settings.armed')} hint={t('settings.armedHint')}>
          {({ id, describedBy }) => (
            <Pick
              id={id}
              describedBy={describedBy}
              value={settings.armed}
              options={ARMED.map((value) => ({ value, label: t(`settings.armedChoices.${value}`) }))}
              onChange={(value) => change({ armed: one(ARMED, value) })}
            />
          )}
        </Field>
      ),
    },
    {
      id: 'halfDuplex',
      label: t('settings.halfDuplex'),
      hint: t('settings.halfDuplexHint'),
      settings: ['halfDuplex'],
      content: <Check label={t('settings.halfDuplex')} hint={t('settings.halfDuplexHint')} checked={settings.halfDuplex} onChange={(halfDuplex) => change({ halfDuplex })} />,
    },
    {
      id: 'cues',
      label: t('settings.cues'),
      settings: ['cues'],
      content: <Check label={t('settings.cues')} checked={settings.cues} onChange={(cues) => change({ cues })} />,
    },
  ]
  return { id: 'talking', title: t('settings.sections.talking'), rows }
}
