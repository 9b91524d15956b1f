import { ToolRegistry } from '../../../../main/voice/tools/registry.ts'
import { Questions, type OpenQuestion } from '../../../../main/voice/tools/questions.ts'
import type { FunctionCall } from '../../../../main/voice/tools/function-calls.ts'
import type { ToolCallView } from '../../../../main/voice/tools/call-view.ts'
import { ToolRunner } from '../../../../main/voice/tools/runner.ts'
import { defineTool, Refused, ToolError, type Tool, type ToolContext } from '../../../../main/voice/tools/tool.ts'
import { z } from '../../../../shared/zod.ts'

/** A tool without arguments. */
export function plainTool(
  name: string,
  run: (context: ToolContext) => Promise<string | object>,
  more: { asksFirst?: boolean; timeLimitMs?: number } = {},
): Tool {
  return defineTool({ name, description: name, args: z.object({}), run: (_args, context) => run(context), ...more })
}

/** How many tools sleep at the moment: timers that are theirs, not the runner's. */
export let sleeping = 0

/** Resolves after `ms`, whatever happens to the call. */
export function sleep(ms: number): Promise<void> {
  sleeping++
  return new Promise((resolve) => {
    setTimeout(() => {
      sleeping--
      resolve()
    }, ms)
  })
}

/** Before each test: those that slept through the end of the last one are gone. */
export function wakeAll(): void {
  sleeping = 0
}

/** Tools of every temper. */
export const TOOLS: Tool[] = [
  plainTool('quick', async () => 'quick result'),
  plainTool('structured', async () => ({ degrees: 12, sky: 'foggy' })),
  plainTool('slow', async () => {
    await sleep(5_000)
    return 'slow result'
  }),
  plainTool('brief', async () => {
    await sleep(800)
    return 'brief result'
  }),
  plainTool('hangs', () => new Promise(() => undefined)),
  plainTool('late', async () => {
    await sleep(60_000)
    return 'too late'
  }),
  plainTool('late_throw', async () => {
    await sleep(60_000)
    throw new Error('too late to matter')
  }),
  plainTool('throws', async () => {
    throw new Error('ENOENT /home/person/secret')
  }),
  plainTool('throws_at_once', () => {
    throw new Error('not even a promise')
  }),
  plainTool('says_no', async () => {
    throw new ToolError('the well is dry')
  }),
  plainTool('cyclic', async () => {
    const ring: Record<string, unknown> = {}
    ring['ring'] = ring
    return ring
  }),
  plainTool('asks', async () => 'allowed result', { asksFirst: true }),
  plainTool('asks_inside', async ({ ask }) => {
    await sleep(1_000)
    if (!(await ask({ code: 'inside', detail: {}, spoken: 'May it?' }))) throw new Refused()
    await sleep(1_000)
    return 'allowed inside'
  }),
  defineTool({
    name: 'weather',
    description: 'Weather',
    args: z.strictObject({ city: z.string().max(20) }),
    verb: 'look_at_weather',
    objectOf: ({ city }) => city,
    run: async ({ city }) => `foggy in ${city}`,
  }),
]

/** A runner with everything that it says written down, in order. */
export class Rig {
  readonly log: string[] = []
  readonly outputs: { callId: string; output: string }[] = []
  readonly followUps: { response_id: string; mayCallTools: boolean }[] = []
  readonly announced: string[] = []
  readonly changes: ToolCallView[] = []
  readonly faults: unknown[] = []
  open: OpenQuestion | null = null
  /** Called at the moment of a follow-up. */
  onFollowUp: (responseId: string) => void = () => undefined
  readonly questions: Questions
  readonly runner: ToolRunner

  constructor(tools: Tool[] = TOOLS) {
    this.questions = new Questions({
      onChange: (open) => {
        this.open = open
      },
    })
    this.runner = new ToolRunner({
      registry: new ToolRegistry(tools),
      questions: this.questions,
      sendOutput: (callId, output) => {
        this.outputs.push({ callId, output })
        this.log.push(`output ${callId}`)
      },
      requestResponse: (request) => {
        this.followUps.push(request)
        this.log.push(`create after ${request.response_id}`)
        this.onFollowUp(request.response_id)
      },
      announce: (fact) => {
        this.announced.push(fact)
      },
      onChange: (call) => {
        this.changes.push(call)
        this.log.push(`${call.state} ${call.call_id}`)
      },
      onFault: (_name, error) => {
        this.faults.push(error)
      },
    })
  }

  /** One announcement of a call. */
  call(call_id: string, name: string, more: Partial<FunctionCall> = {}): void {
    this.runner.call({ call_id, name, arguments: '{}', response_id: 'r1', item_id: `item_${call_id}`, complete: true, ...more })
  }

  output(callId: string): string | undefined {
    return this.outputs.find((sent) => sent.callId === callId)?.output
  }

  states(callId: string): string[] {
    return this.changes.filter((view) => view.call_id === callId).map((view) => view.state)
  }
}
