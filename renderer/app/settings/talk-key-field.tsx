import { useCallback, useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { chordName, chordOf, chordOfDomKey, defaultChord, sameChord, type KeyChord } from '../../../shared/talk-key/chord.ts'
import { isModifierKey } from '../../../shared/talk-key/keys.ts'
import type { ChordVerdict } from '../../../shared/talk-key/verdict.ts'
import { Button } from '../parts/button.tsx'
import { useLabelAside } from '../parts/field.tsx'
import { platformName } from '../platform.ts'
import { useApp, useStore } from '../use-store.ts'

/** How far choosing a key has come. */
type Capture = { name: 'idle' } | { name: 'waiting' } | { name: 'unknown' } | { name: 'refused' | 'taken_up'; verdict: ChordVerdict }

/** The talk key, chosen by pressing it: what is pressed meanwhile does not talk, types nothing and moves nothing. */
export function TalkKeyField(): ReactNode {
  const chosen = useApp((s) => s.settings.talkKey)
  const language = useApp((s) => s.language)
  const store = useStore()
  const { t } = useTranslation()
  const labelId = useId()
  const aside = useLabelAside()
  const [capture, setCapture] = useState<Capture>({ name: 'idle' })
  const platform = platformName()
  const nameOf = (chord: KeyChord): string => chordName(chord, language, platform)
  const waiting = capture.name === 'waiting'
  const cancel = useCallback(() => void store.request('talkKey.captureCancel'), [store])
  useKeysTaken(waiting, cancel)
  /** A capture of this field waits in main; it ends with the field. */
  const asking = useRef(false)
  useEffect(() => () => void (asking.current && cancel()), [cancel])

  async function choose(verdict: ChordVerdict): Promise<void> {
    const { chord } = verdict
    const standard = sameChord(chord, defaultChord(platform))
    if (await store.request('settings.change', { talkKey: standard ? null : chord })) setCapture({ name: 'taken_up', verdict })
  }

  async function press(): Promise<void> {
    if (waiting) {
      cancel()
      return
    }
    setCapture({ name: 'waiting' })
    asking.current = true
    const reply = await store.ask('talkKey.capture')
    asking.current = false
    if (!reply.ok) {
      setCapture({ name: 'idle' })
      store.report(reply.failure, () => void press())
    } else if (!reply.value.ok) setCapture(reply.value.reason === 'cancelled' ? { name: 'idle' } : { name: 'unknown' })
    else if (reply.value.verdict.refusal !== null) setCapture({ name: 'refused', verdict: reply.value.verdict })
    else await choose(reply.value.verdict)
  }

  const suggestion = capture.name === 'refused' ? capture.verdict.suggestion : null
  return (
    <div className="field" role="group" aria-labelledby={labelId}>
      <div className="label-line">
        <span className="field-label" id={labelId}>
          {t('talkKey.key')}
        </span>
        {aside}
      </div>
      <div className="key-line">
        <kbd className="key-cap" data-waiting={waiting}>
          {waiting ? t('talkKey.pressNow') : nameOf(chosen ?? defaultChord(platform))}
        </kbd>
        <Button onClick={() => void press()}>{t(waiting ? 'talkKey.cancel' : 'talkKey.pressAnother')}</Button>
      </div>
      <div className="field-hint" role="status">
        {waiting && <p>{t('talkKey.waitingHint')}</p>}
        {capture.name === 'unknown' && <p>{t('talkKey.refusals.unknown_key')}</p>}
        {capture.name === 'refused' && capture.verdict.refusal !== null && (
          <p>{t(`talkKey.refusals.${capture.verdict.refusal}`, { name: nameOf(capture.verdict.chord) })}</p>
        )}
        {capture.name === 'taken_up' && capture.verdict.warnings.map((warning) => <p key={warning}>{t(`talkKey.warnings.${warning}`, { name: nameOf(capture.verdict.chord) })}</p>)}
      </div>
      {suggestion !== null && (
        <div className="form-end">
          <Button onClick={() => void choose({ chord: suggestion, refusal: null, warnings: [], suggestion: null })}>{t('talkKey.useInstead', { name: nameOf(suggestion) })}</Button>
        </div>
      )}
    </div>
  )
}

/**
 * While a key is awaited, no key does what it usually does in the window. Escape and Tab end the
 * wait, and Tab moves on as ever; so does leaving the window. What was pressed is passed on for the
 * case that main cannot see keys.
 */
function useKeysTaken(active: boolean, cancel: () => void): void {
  const store = useStore()
  useEffect(() => {
    if (!active) return
    /** The modifier that is alone down. */
    let alone: string | null = null
    function onKeyDown(event: KeyboardEvent): void {
      const strong = event.ctrlKey || event.altKey || event.metaKey
      if (event.key === 'Tab' && !strong) {
        cancel()
        return
      }
      event.preventDefault()
      event.stopImmediatePropagation()
      if (event.repeat || event.isComposing) return
      if (event.key === 'Escape' && !strong && !event.shiftKey) cancel()
      else if (isModifierKey(event.code)) alone = alone === null ? event.code : null
      else {
        alone = null
        const chord = chordOfDomKey(event)
        if (chord !== null) void store.request('talkKey.pressed', chord)
      }
    }
    function onKeyUp(event: KeyboardEvent): void {
      event.preventDefault()
      event.stopImmediatePropagation()
      if (event.code === alone) void store.request('talkKey.pressed', chordOf(alone))
      alone = null
    }
    window.addEventListener('keydown', onKeyDown, { capture: true })
    window.addEventListener('keyup', onKeyUp, { capture: true })
    window.addEventListener('blur', cancel)
    return () => {
      window.removeEventListener('keydown', onKeyDown, { capture: true })
      window.removeEventListener('keyup', onKeyUp, { capture: true })
      window.removeEventListener('blur', cancel)
    }
  }, [active, cancel, store])
}
