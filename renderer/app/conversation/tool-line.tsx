import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ToolCallEntry, ToolListEntry } from '../../../shared/conversation/model.ts'
import { toolWords } from './tool-words.ts'

/** A tool call: one indented line, opened to show arguments and result. */
export function ToolCallLine(props: { entry: ToolCallEntry }): ReactNode {
  const { call } = props.entry
  const { t } = useTranslation()
  const result = call.error ?? call.output
  return (
    <details className="tool">
      <summary>{toolWords(t, call)}</summary>
      {call.arguments !== '' && <pre>{call.arguments}</pre>}
      {result !== null && result !== '' && <pre>{result}</pre>}
    </details>
  )
}

/** An MCP server that is asked for its tools. */
export function ToolListLine(props: { entry: ToolListEntry }): ReactNode {
  const { server, state, tools } = props.entry
  const { t } = useTranslation()
  return (
    <details className="tool">
      <summary>{t(`toolList.${state}`, { server, count: tools.length })}</summary>
      {tools.length > 0 && <pre>{tools.join('\n')}</pre>}
    </details>
  )
}
