import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { useApp, useStore } from '../use-store.ts'
import { Act } from './row.tsx'
import type { SectionSpec } from './rows.ts'

/** Which Parley this is, and the way back to its first page. */
export function useAbout(onClose: () => void): SectionSpec {
  const version = useApp((s) => s.version)
  const store = useStore()
  const { t } = useTranslation()

  async function show(): Promise<void> {
    if (await store.request('onboarding.show', true)) onClose()
  }

  return {
    id: 'about',
    title: t('settings.sections.about'),
    rows: [
      {
        id: 'version',
        label: t('settings.versionName'),
        words: [t('settings.licence'), t('settings.licenceHint'), version],
        settings: [],
        content: (
          <dl className="facts">
            <dt>{t('settings.versionName')}</dt>
            <dd>{version}</dd>
            <dt>{t('settings.licence')}</dt>
            <dd>{t('settings.licenceHint')}</dd>
          </dl>
        ),
      },
      {
        id: 'licences',
        label: t('settings.licences'),
        hint: t('settings.licencesHint'),
        settings: [],
        content: (
          <Act label={t('settings.licences')} hint={t('settings.licencesHint')}>
            <Button onClick={() => void store.request('licences.show')}>{t('settings.licencesShow')}</Button>
          </Act>
        ),
      },
      {
        id: 'firstSteps',
        label: t('settings.firstSteps'),
        hint: t('settings.firstStepsHint'),
        settings: [],
        content: (
          <Act label={t('settings.firstSteps')} hint={t('settings.firstStepsHint')}>
            <Button onClick={() => void show()}>{t('settings.firstStepsShow')}</Button>
          </Act>
        ),
      },
    ],
  }
}
