import { useTranslation } from 'react-i18next'
import { formatMoney } from '../../i18n/format.ts'
import { Pick } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { useApp } from '../use-store.ts'
import { useChange } from './row.tsx'
import type { RowSpec, SectionSpec } from './rows.ts'

/** Offered waits before an unused line is closed, minutes; 0 = never. */
const IDLE_MINUTES = [1, 5, 15, 60, 0]

/** Caps on what a conversation and a day may cost, and the end of a line that nobody uses. */
export function useCosts(): SectionSpec {
  const settings = useApp((s) => s.settings)
  const change = useChange()
  const { t, i18n } = useTranslation()
  const dollars = (amount: number): string => formatMoney(amount, i18n.language)
  const minutes = (count: number): string => t('settings.minutes', { count })

  function row(name: 'capSessionUsd' | 'capDayUsd' | 'capDayMinutes' | 'idleStopMinutes', label: string, hint: string | undefined, offered: readonly number[], word: (amount: number) => string): RowSpec {
    const current = settings[name]
    const options = [...new Set([...offered, current])].map((amount) => ({ value: String(amount), label: word(amount) }))
    return {
      id: name,
      label,
      ...(hint === undefined ? {} : { hint }),
      words: options.map((option) => option.label),
      settings: [name],
      content: (
        <Field label={label} hint={hint}>
          {({ id, describedBy }) => <Pick id={id} describedBy={describedBy} value={String(current)} options={options} onChange={(value) => change({ [name]: Number(value) })} />}
        </Field>
      ),
    }
  }
  const cap = (word: (amount: number) => string) => (amount: number): string => (amount === 0 ? t('settings.noCap') : word(amount))
  const idle = (count: number): string => (count === 0 ? t('settings.idleNever') : t('settings.idleMinutes', { count }))

  return {
    id: 'costs',
    title: t('settings.sections.costs'),
    rows: [
      row('capSessionUsd', t('settings.capSession'), undefined, [0.5, 1, 2, 5, 10, 0], cap(dollars)),
      row('capDayUsd', t('settings.capDay'), t('settings.moneyHint'), [1, 2, 5, 10, 20, 0], cap(dollars)),
      row('capDayMinutes', t('settings.capMinutes'), undefined, [30, 60, 120, 240, 0], cap(minutes)),
      row('idleStopMinutes', t('settings.idleStop'), t('settings.idleStopHint'), IDLE_MINUTES, idle),
    ],
  }
}
