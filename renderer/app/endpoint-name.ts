import { useTranslation } from 'react-i18next'
import { useApp } from './use-store.ts'

/** With whom Parley talks, in a few words; null while nobody was chosen. */
export function useEndpointName(): string | null {
  const endpoint = useApp((s) => s.settings.endpoint)
  const key = useApp((s) => s.key)
  const { t } = useTranslation()
  // What the environment names beats what is stored, for this run.
  if (key.source === 'environment') return key.origin.replace(/^\w+:\/\//, '')
  return endpoint === null ? null : t(`settings.endpoints.${endpoint.kind}`)
}
