import type { i18n } from 'i18next'
import type { Disposable } from '../../shared/disposable.ts'
import type { AppStore } from './store.ts'

/** Keeps what belongs to the page as a whole in step with the state: theme, language, text direction. */
export function setUpPage(deps: { store: AppStore; texts: i18n }): Disposable {
  const { store, texts } = deps
  const root = document.documentElement

  function follow(): void {
    if (store.phase.name !== 'ready') return
    const { language, settings } = store.phase.state
    if (root.dataset['theme'] !== settings.theme) root.dataset['theme'] = settings.theme
    if (texts.language !== language) void texts.changeLanguage(language)
    root.lang = language
    root.dir = texts.dir(language)
  }

  root.lang = texts.language
  const unsubscribe = store.subscribe(follow)
  follow()
  return { dispose: unsubscribe }
}
