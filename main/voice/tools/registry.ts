import type { FunctionTool } from '../../../shared/realtime/session.ts'
import type { Tool } from './tool.ts'

/** The functions that a session offers to the model. */
export class ToolRegistry {
  readonly #tools = new Map<string, Tool>()

  /** Throws when two tools have the same name. */
  constructor(tools: readonly Tool[] = []) {
    for (const tool of tools) this.add(tool)
  }

  /** Offers one more, from the next `session.update` on. Throws when the name is taken. */
  add(tool: Tool): void {
    if (this.#tools.has(tool.name)) throw new Error(`there is already a function called "${tool.name}"`)
    this.#tools.set(tool.name, tool)
  }

  get(name: string): Tool | undefined {
    return this.#tools.get(name)
  }

  get names(): readonly string[] {
    return [...this.#tools.keys()]
  }

  /** For `session.update`, in the order in which they were added: a changed order would break the server's cache. */
  definitions(): FunctionTool[] {
    return [...this.#tools.values()].map((tool) => tool.definition)
  }
}
