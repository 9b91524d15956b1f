import { useRef, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { MAX_MESSAGE_CHARS } from '../../../shared/ipc.ts'
import { Button } from '../parts/button.tsx'
import { useStore } from '../use-store.ts'

const MESSAGE_ID = 'message'

/** Puts the cursor into the message box. */
export function focusMessage(): void {
  document.getElementById(MESSAGE_ID)?.focus()
}

/** Enter sends, Shift+Enter begins a new line. What could not be sent stays. */
export function MessageBox(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  const box = useRef<HTMLTextAreaElement>(null)
  const sending = useRef(false)

  async function send(): Promise<void> {
    const field = box.current
    if (field === null || sending.current) return
    const text = field.value
    if (text.trim() === '') {
      field.focus()
      return
    }
    sending.current = true
    try {
      const failure = await store.try('message.send', text)
      if (failure !== null) store.report(failure, () => void send())
      // Only what was sent is cleared: the person may have gone on typing.
      else if (field.value.startsWith(text)) field.value = field.value.slice(text.length)
    } finally {
      sending.current = false
    }
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // While an input method composes, Enter belongs to it.
    if (event.nativeEvent.isComposing) return
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    void send()
  }

  return (
    <form
      className="message-row"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <textarea
        ref={box}
        id={MESSAGE_ID}
        className="input message"
        aria-label={t('footer.message')}
        placeholder={t('footer.messageHint')}
        rows={1}
        maxLength={MAX_MESSAGE_CHARS}
        autoComplete="off"
        onKeyDown={onKeyDown}
      />
      <Button type="submit" className="send">
        {t('footer.send')}
      </Button>
    </form>
  )
}
