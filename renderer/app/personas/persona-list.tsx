import { Menu as BaseMenu } from '@base-ui/react/menu'
import { Ellipsis } from 'lucide-react'
import { useContext, useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../../shared/failure.ts'
import { freeName, isShipped, MAX_PERSONAS, type Persona, type PersonaDraft } from '../../../shared/personas.ts'
import { failureSentence } from '../failures.ts'
import { Button } from '../parts/button.tsx'
import { Menu, MenuAct, MenuLine } from '../parts/menu.tsx'
import { useApp, useStore } from '../use-store.ts'
import { KeptDraft } from './kept-draft.ts'
import { PersonaForm } from './persona-form.tsx'
import { usePersonas } from './use-personas.ts'

/** What the list is busy with besides being a list. */
type Business = { name: 'none' } | { name: 'form'; draft: PersonaDraft; typed?: PersonaDraft; readOnly: boolean } | { name: 'delete'; persona: Persona }

/** The remark below the list: what came of an import, an export, a deletion. */
type Remark = { kind: 'said'; text: string } | { kind: 'failed'; failure: Failure }

/** All personas to choose from, and everything that can be done with them. */
export function PersonaList(): ReactNode {
  const { all, chosen } = usePersonas()
  const practice = useApp((s) => s.endpoint?.kind === 'practice')
  const store = useStore()
  const { t, i18n } = useTranslation()
  const kept = useContext(KeptDraft)
  const [business, setBusiness] = useState<Business>(() => (kept?.left ? { name: 'form', ...kept.left, readOnly: false } : { name: 'none' }))
  const [remark, setRemark] = useState<Remark | null>(null)
  const group = useId()
  const list = useRef<HTMLDivElement>(null)
  /** Whose menu gets the focus back once form or question is gone. */
  const back = useRef<string | null>(business.name === 'form' ? (business.draft.id ?? 'new') : null)

  useEffect(() => {
    if (business.name !== 'none' || back.current === null) return
    const wanted = back.current
    back.current = null
    const menu = list.current?.querySelector<HTMLElement>(`[data-menu="${CSS.escape(wanted)}"]`)
    const radio = list.current?.querySelector<HTMLElement>('input:checked')
    const target = menu ?? radio
    target?.focus()
  }, [business])

  function begin(next: Business, from: string): void {
    setRemark(null)
    back.current = from
    setBusiness(next)
  }

  function edit(persona: Persona): void {
    const { id, ...rest } = persona
    begin({ name: 'form', draft: { ...rest, id: isShipped(id) ? null : id }, readOnly: isShipped(id) }, id)
  }

  function copy(persona: Persona): void {
    const { id, ...rest } = persona
    begin({ name: 'form', draft: { ...rest, id: null, name: freeName(t('persona.copyName', { name: persona.name }), all) }, readOnly: false }, id)
  }

  async function remove({ id, name }: Persona): Promise<void> {
    const failure = await store.try('persona.delete', id)
    setRemark(failure === null ? { kind: 'said', text: t('persona.deleted', { name }) } : { kind: 'failed', failure })
    setBusiness({ name: 'none' })
  }

  async function exportOne({ id, name }: Persona): Promise<void> {
    setRemark(null)
    const reply = await store.ask('persona.export', id)
    if (!reply.ok) setRemark({ kind: 'failed', failure: reply.failure })
    else if (reply.value) setRemark({ kind: 'said', text: t('persona.exported', { name }) })
  }

  async function importSome(): Promise<void> {
    setRemark(null)
    const reply = await store.ask('persona.import')
    if (!reply.ok) setRemark({ kind: 'failed', failure: reply.failure })
    else if (reply.value) {
      const names = reply.value.names.map((name) => t('persona.quoted', { name })).join(', ')
      const dropped = reply.value.dropped.length === 0 ? '' : ` ${t('persona.dropped', { fields: reply.value.dropped.join(', ') })}`
      setRemark({ kind: 'said', text: t('persona.imported', { names }) + dropped })
    }
  }

  if (business.name === 'form') {
    const others = all.filter(({ id }) => id !== business.draft.id)
    const { draft, typed, readOnly } = business
    return (
      <PersonaForm
        key={readOnly ? 'look' : 'edit'}
        draft={draft}
        typed={typed}
        readOnly={readOnly}
        others={others}
        onCopy={(copied) => setBusiness({ name: 'form', draft: copied, readOnly: false })}
        onTyped={(now) => kept?.keep(now && { draft, typed: now })}
        onDone={() => {
          kept?.keep(null)
          setBusiness({ name: 'none' })
        }}
      />
    )
  }
  const full = all.filter(({ id }) => !isShipped(id)).length >= MAX_PERSONAS
  return (
    <div className="persona-list" ref={list}>
      <fieldset className="choices">
        <legend className="field-label">{t('persona.talkWith')}</legend>
        {all.map((persona) => (
          <div className="choice persona-choice" key={persona.id}>
            <input
              type="radio"
              id={`${group}-${persona.id}`}
              name={group}
              checked={persona.id === chosen.id}
              aria-describedby={`${group}-${persona.id}-hint`}
              onChange={() => void store.request('persona.choose', persona.id)}
            />
            <label htmlFor={`${group}-${persona.id}`}>{persona.name}</label>
            <p className="choice-hint" id={`${group}-${persona.id}-hint`}>
              {persona.instructions.split('\n')[0]}
            </p>
            <Menu
              align="end"
              trigger={
                <BaseMenu.Trigger className="icon-button" data-menu={persona.id} aria-label={t('persona.more', { name: persona.name })}>
                  <Ellipsis />
                </BaseMenu.Trigger>
              }
            >
              <MenuAct label={t(isShipped(persona.id) ? 'persona.look' : 'persona.edit')} onAct={() => edit(persona)} />
              {!full && <MenuAct label={t('persona.copy')} onAct={() => copy(persona)} />}
              <MenuAct label={t('persona.export')} onAct={() => void exportOne(persona)} />
              {!isShipped(persona.id) && (
                <>
                  <MenuLine />
                  <MenuAct label={t('persona.delete')} onAct={() => begin({ name: 'delete', persona }, persona.id)} />
                </>
              )}
            </Menu>
            {business.name === 'delete' && business.persona.id === persona.id && (
              <DeleteQuestion persona={persona} onDelete={() => void remove(persona)} onKeep={() => setBusiness({ name: 'none' })} />
            )}
          </div>
        ))}
      </fieldset>
      <p className="field-hint">{t(practice ? 'persona.practice' : 'persona.hint')}</p>
      <div className="form-end">
        {!full && (
          <Button data-menu="new" onClick={() => begin({ name: 'form', draft: empty(), readOnly: false }, 'new')}>
            {t('persona.new')}
          </Button>
        )}
        {!full && <Button onClick={() => void importSome()}>{t('persona.import')}</Button>}
      </div>
      <p role="status" className={remark?.kind === 'failed' ? 'form-wrong' : 'field-hint'} hidden={remark === null}>
        {remark === null ? '' : remark.kind === 'said' ? remark.text : failureSentence(t, remark.failure, i18n.language)}
      </p>
    </div>
  )
}

/** Deleting takes two presses, since nothing brings back what is deleted. */
function DeleteQuestion(props: { persona: Persona; onDelete: () => void; onKeep: () => void }): ReactNode {
  const { t } = useTranslation()
  const keep = useRef<HTMLButtonElement>(null)
  const id = useId()
  // The menu hands the focus back to its button first.
  useEffect(() => {
    const timer = setTimeout(() => keep.current?.focus(), 0)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="persona-question" role="group" aria-labelledby={id}>
      <p id={id}>{t('persona.deleteQuestion', { name: props.persona.name })}</p>
      <div className="form-end">
        <Button onClick={props.onDelete}>{t('persona.deleteSure')}</Button>
        <Button ref={keep} onClick={props.onKeep}>
          {t('persona.keep')}
        </Button>
      </div>
    </div>
  )
}

function empty(): PersonaDraft {
  return { id: null, name: '', instructions: '', voice: null, model: null, reasoning: null, turnMode: null, tools: null, manyLanguages: false }
}
