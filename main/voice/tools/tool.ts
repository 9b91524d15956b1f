import { z } from '../../../shared/zod.ts'
import type { FunctionTool } from '../../../shared/realtime/session.ts'

/** Time limit of a tool that names none, ms. */
export const DEFAULT_TIME_LIMIT_MS = 20_000
/** What the API takes as the name of a function. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/
/** Most complaints about arguments that the model is told. */
const MAX_COMPLAINTS = 5
/** Longest object shown beside the verb, characters. */
const MAX_OBJECT = 120

/** Something went wrong that the model may be told: the message is a plain sentence without secrets. */
export class ToolError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ToolError'
  }
}

/** Thrown by a tool that asked by itself and was told no. */
export class Refused extends Error {
  constructor() {
    super('The person said no.')
    this.name = 'Refused'
  }
}

/** What the person is asked before a tool runs. */
export interface ToolQuestion {
  /** Which sentence the window shows (`toolQuestion.<code>`). */
  code: string
  /** Filled into the sentence. */
  detail: Readonly<Record<string, string>>
  /** The question as a plain English sentence, for the model that says it in the person's language. */
  spoken: string
}

/** What a running tool may use. */
export interface ToolContext {
  /** Aborted when the call is over, whatever the reason: time limit, stop, end of the session. */
  signal: AbortSignal
  /** Asks the person. False: no, no answer, or the call is over. The time limit does not run meanwhile. */
  ask: (question: ToolQuestion) => Promise<boolean>
  /** Says one plain English sentence about a long call; ignored once the person is at something else. */
  announce: (fact: string) => void
}

/** A tool as it is written. */
export interface ToolSpec<Args> {
  /** Letters, digits, `_` and `-`; at most 64. */
  name: string
  /** For the model: what it does, when to use it. */
  description: string
  /** Arguments, an object. The JSON Schema that the model gets is made from it, so that the two cannot differ. */
  args: z.ZodType<Args>
  /** Which verb the window shows (`toolLine.<verb>.<state>`); default: the name. */
  verb?: string
  /** What the verb acts on, for the window: a host, a label. Default: nothing. */
  objectOf?: (args: Args) => string
  /** ms of running, questions not counted; default {@link DEFAULT_TIME_LIMIT_MS}. */
  timeLimitMs?: number
  /** Ask before each run. The function may throw a {@link ToolError}: nothing is asked, nothing is run. */
  asksFirst?: boolean | ((args: Args) => ToolQuestion)
  /** Text goes to the model as it is, an object as JSON. Throws {@link ToolError} to say why not. */
  run: (args: Args, context: ToolContext) => Promise<string | object>
}

/** A call whose arguments have been checked. */
export interface PreparedCall {
  object: string
  /** Null: runs without asking. */
  question: ToolQuestion | null
  run: (context: ToolContext) => Promise<string | object>
}

/** A tool as the runner uses it, whatever its arguments. */
export interface Tool {
  readonly name: string
  readonly verb: string
  readonly timeLimitMs: number
  /** Only the fields that the API documents: others are refused (https://github.com/livekit/agents/issues/3402). */
  readonly definition: FunctionTool
  /** Checks arguments. Throws {@link ToolError} where they are wrong. */
  prepare: (args: unknown) => PreparedCall
}

/** Makes a {@link Tool}. Throws where the name or the time limit cannot be. */
export function defineTool<Args>(spec: ToolSpec<Args>): Tool {
  if (!NAME.test(spec.name)) throw new Error(`"${spec.name}" cannot be the name of a function`)
  const timeLimitMs = spec.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS
  if (!(timeLimitMs > 0 && timeLimitMs <= 600_000)) throw new Error(`${spec.name}: a time limit is more than 0 and at most 600,000 ms`)
  return {
    name: spec.name,
    verb: spec.verb ?? spec.name,
    timeLimitMs,
    definition: { type: 'function', name: spec.name, description: spec.description, parameters: parametersOf(spec.args) },
    prepare(received) {
      const parsed = spec.args.safeParse(received)
      if (!parsed.success) throw new ToolError(`the arguments are wrong: ${complaints(parsed.error)}`)
      const args = parsed.data
      return {
        object: (spec.objectOf?.(args) ?? '').slice(0, MAX_OBJECT),
        question: questionOf(spec, args),
        run: (context) => spec.run(args, context),
      }
    },
  }
}

function questionOf<Args>(spec: ToolSpec<Args>, args: Args): ToolQuestion | null {
  if (typeof spec.asksFirst === 'function') return spec.asksFirst(args)
  if (spec.asksFirst !== true) return null
  return { code: spec.name, detail: {}, spoken: `May Parley use its function "${spec.name}"?` }
}

function parametersOf(args: z.ZodType): unknown {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(args, { io: 'input', target: 'draft-7' })
  if (schema.type !== 'object') throw new Error('the arguments of a function are an object')
  return schema
}

function complaints(error: z.ZodError): string {
  const said = error.issues.slice(0, MAX_COMPLAINTS).map((issue) => {
    const where = issue.path.map(String).join('.')
    return where === '' ? issue.message : `${where}: ${issue.message}`
  })
  return said.join('; ').slice(0, 500)
}
