import { useTranslation } from 'react-i18next'
import { useApp } from './use-store.ts'

/** With whom Parley talks, in a few words; null while nobody was chosen. */
export function useEndpointName(): string | null {
  const endpoint = useApp((s) => s.endpoint)
  const { t } = useTranslation()
  if (endpoint === null) return null
  return endpoint.kind === 'compatible' ? endpoint.host : t(`settings.endpoints.${endpoint.kind}`)
}
