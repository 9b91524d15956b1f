import type { TFunction } from 'i18next'
import { memo, type ReactNode } from 'react'
import type { ConversationEntry } from '../../../shared/conversation/model.ts'
import { EntryBody } from './entry.tsx'

/** The article around an entry. Its place in the list changes with every new entry; its body does not. */
export const Row = memo(function Row(props: {
  entry: ConversationEntry
  name: string
  position: number
  size: number
  last: boolean
  t: TFunction
  language: string
}): ReactNode {
  const { entry, name, t, language } = props
  return (
    <article
      className="entry"
      data-kind={entry.kind}
      data-state={entry.textState}
      data-entry={props.position}
      aria-label={name}
      aria-posinset={props.position}
      aria-setsize={props.size}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the articles of a feed take focus, one of them by Tab
      tabIndex={props.last ? 0 : -1}
    >
      <EntryBody entry={entry} name={name} t={t} language={language} />
    </article>
  )
})
