import type { ReactNode, RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { MAX_KEY_CHARS } from '../../../shared/ipc.ts'
import { Field } from '../parts/field.tsx'
import { useApp } from '../use-store.ts'

/** Where a key goes in. The field keeps its own text, so that the key never becomes part of React's state. */
export function KeyField(props: { field: RefObject<HTMLInputElement | null>; placeholder: string }): ReactNode {
  const key = useApp((s) => s.key)
  const { t } = useTranslation()
  const { backend } = key
  const where =
    backend === ''
      ? t('onboarding.storedNowhere')
      : key.backendVerified
        ? t('onboarding.storedInVerified', { backend })
        : t('onboarding.storedIn', { backend })
  return (
    <Field label={t('onboarding.key')} hint={where}>
      {({ id, describedBy }) => (
        <input
          ref={props.field}
          id={id}
          aria-describedby={describedBy}
          className="input code"
          type="password"
          placeholder={props.placeholder}
          maxLength={MAX_KEY_CHARS}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
      )}
    </Field>
  )
}

/** Takes the key out of its field. The field is empty afterwards, whatever happens next. */
export function takeKey(field: HTMLInputElement | null): string {
  if (field === null) return ''
  try {
    return field.value.trim()
  } finally {
    field.value = ''
  }
}
