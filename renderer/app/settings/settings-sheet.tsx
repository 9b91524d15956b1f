import { Dialog } from '@base-ui/react/dialog'
import { Search, X } from 'lucide-react'
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { DraftKeeper, KeptDraft } from '../personas/kept-draft.ts'
import { useAbout } from './about.tsx'
import { useConnection } from './connection.tsx'
import { useCosts } from './costs.tsx'
import { useDesktop } from './desktop.tsx'
import { usePersonaSection } from './personas.tsx'
import { usePrivacy } from './privacy.tsx'
import { headingId, Section } from './row.tsx'
import { matching } from './rows.ts'
import { useSound } from './sound.tsx'
import { useTalkKeySection } from './talk-key.tsx'
import { useTalking } from './talking.tsx'

/** Where the sheet opens. */
export type SettingsPlace = 'general' | 'microphone' | 'personas'

/** Whose heading gets the focus; the search field where none does. */
const HEADINGS: Readonly<Record<SettingsPlace, string | null>> = { general: null, microphone: 'sound', personas: 'personas' }

const SEARCH = 'settings-search'

/** The settings, as a sheet beside the conversation (over it where the window is narrow). */
export function SettingsSheet(props: { place: SettingsPlace | null; onClose: () => void }): ReactNode {
  const { place, onClose } = props
  const { t } = useTranslation()
  const [keeper] = useState(() => new DraftKeeper())

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    const field = document.getElementById(SEARCH)
    if (!(field instanceof HTMLInputElement)) return
    event.preventDefault()
    field.select()
  }

  return (
    <Dialog.Root open={place !== null} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil" />
        <Dialog.Popup
          className="sheet"
          initialFocus={() => document.getElementById(headingOf(place))}
          onKeyDown={onKeyDown}
        >
          <div className="sheet-head">
            <Dialog.Title className="sheet-title">{t('settings.title')}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label={t('settings.close')}>
              <X />
            </Dialog.Close>
          </div>
          <KeptDraft value={keeper}>
            <Content tryAtOnce={place === 'microphone'} onClose={onClose} />
          </KeptDraft>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function headingOf(place: SettingsPlace | null): string {
  const section = place === null ? null : HEADINGS[place]
  return section === null ? SEARCH : headingId(section)
}

/** The search and what it leaves; both begin anew each time the sheet opens. */
function Content(props: { tryAtOnce: boolean; onClose: () => void }): ReactNode {
  const { tryAtOnce, onClose } = props
  const { t } = useTranslation()
  const [query, setQuery] = useState('')
  // What was asked for at the opening holds while the sheet slides out.
  const [tryMicrophone] = useState(tryAtOnce)
  const sections = [
    useTalking(),
    usePersonaSection(),
    useTalkKeySection(),
    useSound(tryMicrophone),
    useConnection(onClose),
    useCosts(),
    useDesktop(),
    usePrivacy(),
    useAbout(onClose),
  ]
  const found = matching(sections, query)
  const searching = query.trim() !== ''
  const count = found.reduce((sum, section) => sum + section.rows.length, 0)
  return (
    <>
      <SearchField query={query} onChange={setQuery} />
      <div className="sheet-body">
        <p className={count === 0 ? 'sheet-nothing' : 'only-spoken'} role="status">
          {searching && (count === 0 ? t('settings.nothingFound', { query: query.trim() }) : t('settings.found', { count }))}
        </p>
        {count === 0 && <Button onClick={() => setQuery('')}>{t('settings.showAll')}</Button>}
        {found.map((section) => (
          <Section key={section.id} section={section} />
        ))}
      </div>
    </>
  )
}

/** Escape empties the field first; in an empty field it closes the sheet, as everywhere in it. */
function SearchField(props: { query: string; onChange: (query: string) => void }): ReactNode {
  const { query, onChange } = props
  const { t } = useTranslation()

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || query === '' || event.nativeEvent.isComposing) return
    event.preventDefault()
    event.stopPropagation()
    onChange('')
  }

  return (
    <div className="sheet-search" role="search">
      <Search aria-hidden="true" />
      <input
        id={SEARCH}
        className="input"
        type="text"
        aria-label={t('settings.search')}
        placeholder={t('settings.search')}
        value={query}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        maxLength={100}
        autoComplete="off"
        spellCheck={false}
      />
    </div>
  )
}
