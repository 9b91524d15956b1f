import { useEffect, useEffectEvent, useId, useRef, useState, type ReactNode, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../../shared/failure.ts'
import { freeName, MAX_PERSONA_INSTRUCTIONS, MAX_PERSONA_NAME, reasoningEffortSchema, takesReasoning, type Persona, type PersonaDraft } from '../../../shared/personas.ts'
import { turnModeSchema, VOICES } from '../../../shared/settings.ts'
import { formatNumber } from '../../i18n/format.ts'
import { failureSentence } from '../failures.ts'
import { Button } from '../parts/button.tsx'
import { Check, Pick } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { useApp, useStore } from '../use-store.ts'
import { ToolChoice } from './tool-choice.tsx'

/** From here on the form says how much room is left in the instructions, characters. */
const COUNT_FROM = MAX_PERSONA_INSTRUCTIONS - 1000

/** Everything that a persona is. One that ships is only looked at and copied. */
export function PersonaForm(props: {
  draft: PersonaDraft
  /** What was typed earlier and is not saved yet. */
  typed?: PersonaDraft | undefined
  readOnly: boolean
  /** The other ones, whose names are taken. */
  others: readonly Persona[]
  onCopy: (draft: PersonaDraft) => void
  /** Told of what the form holds; null once that is what it began with. */
  onTyped: (typed: PersonaDraft | null) => void
  onDone: () => void
}): ReactNode {
  const { readOnly, others, typed, onTyped, onDone } = props
  const [draft, setDraft] = useState(typed ?? props.draft)
  const [missing, setMissing] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const store = useStore()
  const { t, i18n } = useTranslation()
  const usual = useApp((s) => s.settings.voice)
  const endpointModel = useApp((s) => s.endpoint?.model ?? '')
  const name = useRef<HTMLInputElement>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const form = useRef<HTMLFormElement>(null)
  const wrongId = useId()

  const comesBack = typed !== undefined
  useEffect(() => {
    // Nobody asked for a form that comes back by itself.
    if (comesBack) return
    // The menu that led here hands the focus back to its button first, which is gone by then.
    const timer = setTimeout(() => (readOnly ? title.current : name.current)?.focus(), 0)
    return () => clearTimeout(timer)
  }, [readOnly, comesBack])

  const begun = JSON.stringify(props.draft)
  function set(change: Partial<PersonaDraft>): void {
    const now = { ...draft, ...change }
    setDraft(now)
    onTyped(JSON.stringify(now) === begun ? null : now)
  }
  const wanted = draft.name.trim()
  const taken = others.some((other) => other.name.toLocaleLowerCase() === wanted.toLocaleLowerCase())
  const wrong = wanted === '' ? t('persona.nameMissing') : taken ? t('persona.nameTaken', { name: wanted }) : null
  const model = draft.model ?? endpointModel
  const voices = draft.voice === null || VOICES.some((one) => one === draft.voice) ? VOICES : [...VOICES, draft.voice]

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    setMissing(wrong !== null)
    if (wrong !== null) {
      name.current?.focus()
      return
    }
    const reply = await store.ask('persona.save', { ...draft, name: wanted, model: draft.model?.trim() === '' ? null : (draft.model?.trim() ?? null) })
    if (reply.ok) onDone()
    else setFailure(reply.failure)
  }

  /** Escape leaves the form, not the settings, and never loses what was written. */
  const onEscape = useEffectEvent((event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.isComposing) return
    event.preventDefault()
    event.stopPropagation()
    if (JSON.stringify(draft) === begun) onDone()
  })
  useEffect(() => {
    const listening = form.current
    const listener = (event: KeyboardEvent): void => onEscape(event)
    listening?.addEventListener('keydown', listener)
    return () => listening?.removeEventListener('keydown', listener)
  }, [])

  return (
    <form ref={form} className="persona-form" aria-label={t(readOnly ? 'persona.shipped' : draft.id === null ? 'persona.new' : 'persona.edit')} noValidate onSubmit={(event) => void save(event)}>
      <h4 tabIndex={-1} ref={title}>
        {readOnly ? draft.name : t(draft.id === null ? 'persona.new' : 'persona.edit')}
      </h4>
      {readOnly && <p className="field-hint">{t('persona.shippedHint')}</p>}
      {comesBack && <p className="field-hint">{t('persona.notSaved')}</p>}
      {!readOnly && (
        <Field label={t('persona.name')}>
          {({ id }) => (
            <input
              id={id}
              ref={name}
              className="input"
              type="text"
              value={draft.name}
              maxLength={MAX_PERSONA_NAME}
              aria-invalid={missing && wrong !== null}
              aria-describedby={missing && wrong !== null ? wrongId : undefined}
              autoComplete="off"
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
      )}
      {missing && wrong !== null && (
        <p className="form-wrong" role="alert" id={wrongId}>
          {wrong}
        </p>
      )}
      <Field
        label={t('persona.instructions')}
        hint={readOnly ? undefined : draft.instructions.length > COUNT_FROM ? t('persona.room', { left: formatNumber(MAX_PERSONA_INSTRUCTIONS - draft.instructions.length, i18n.language) }) : t('persona.instructionsHint')}
      >
        {({ id, describedBy }) => (
          <textarea
            id={id}
            aria-describedby={describedBy}
            className="input persona-text"
            rows={8}
            value={draft.instructions}
            maxLength={MAX_PERSONA_INSTRUCTIONS}
            readOnly={readOnly}
            onChange={(event) => set({ instructions: event.target.value })}
          />
        )}
      </Field>
      {!readOnly && (
        <>
          <Field label={t('persona.voice')}>
            {({ id }) => (
              <Pick
                id={id}
                value={draft.voice ?? ''}
                options={[{ value: '', label: t('persona.asSettings', { value: capital(usual) }) }, ...voices.map((value) => ({ value, label: capital(value) }))]}
                onChange={(value) => set({ voice: value === '' ? null : value })}
              />
            )}
          </Field>
          <Field label={t('persona.turnMode')}>
            {({ id }) => (
              <Pick
                id={id}
                value={draft.turnMode ?? ''}
                options={[{ value: '', label: t('persona.myHabit') }, ...turnModeSchema.options.map((value) => ({ value, label: t(`settings.turnModes.${value}`) }))]}
                onChange={(value) => set({ turnMode: turnModeSchema.safeParse(value).data ?? null })}
              />
            )}
          </Field>
          <Field label={t('persona.model')} hint={t('persona.modelHint')}>
            {({ id, describedBy }) => (
              <input
                id={id}
                aria-describedby={describedBy}
                className="input code"
                type="text"
                value={draft.model ?? ''}
                placeholder={t('persona.modelUsual')}
                maxLength={200}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                onChange={(event) => set({ model: event.target.value === '' ? null : event.target.value })}
              />
            )}
          </Field>
          <Field label={t('persona.reasoning')} hint={takesReasoning(model) ? t('persona.reasoningHint') : t('persona.reasoningNot', { model })}>
            {({ id, describedBy }) => (
              <Pick
                id={id}
                describedBy={describedBy}
                value={draft.reasoning ?? ''}
                options={[{ value: '', label: t('persona.reasoningOwn') }, ...reasoningEffortSchema.options.map((value) => ({ value, label: t(`persona.efforts.${value}`) }))]}
                onChange={(value) => set({ reasoning: reasoningEffortSchema.safeParse(value).data ?? null })}
              />
            )}
          </Field>
          <Check label={t('persona.manyLanguages')} hint={t('persona.manyLanguagesHint')} checked={draft.manyLanguages} onChange={(manyLanguages) => set({ manyLanguages })} />
          <ToolChoice tools={draft.tools} onChange={(tools) => set({ tools })} />
        </>
      )}
      {failure !== null && (
        <p className="form-wrong" role="alert">
          {failureSentence(t, failure, i18n.language)}
        </p>
      )}
      <div className="form-end">
        {readOnly ? (
          <Button look="strong" onClick={() => props.onCopy({ ...draft, id: null, name: freeName(t('persona.copyName', { name: draft.name }), others) })}>
            {t('persona.copy')}
          </Button>
        ) : (
          <Button look="strong" type="submit">
            {t('persona.save')}
          </Button>
        )}
        <Button onClick={onDone}>{t(readOnly ? 'persona.back' : 'persona.cancel')}</Button>
      </div>
    </form>
  )
}

/** A voice's name as a name. */
function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
