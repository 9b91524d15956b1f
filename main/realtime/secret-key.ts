import { inspect } from 'node:util'

/** What a key looks like wherever it might be printed. */
export const REDACTED = '[redacted]'

/**
 * A key of one server. It belongs to one origin (`wss://host[:port]`) and there is no getter: it
 * is lent to a function for the time of a call, by the one place that puts it into a request
 * header (`endpoint.ts`). Printed, serialised or inspected it is `[redacted]`.
 */
export class SecretKey {
  readonly #value: string
  /** Where the key may be sent, e.g. `wss://api.openai.com`. */
  readonly origin: string

  /** @param value as a person pasted it; white space around it is dropped */
  constructor(value: string, origin: string) {
    this.#value = value.trim()
    this.origin = origin
  }

  /** False when the key is empty or cannot stand in a header: it cannot be right. */
  get usable(): boolean {
    return /^[\x21-\x7e]{1,4096}$/.test(this.#value)
  }

  /** Lends the key to `use`, which must not keep it. */
  withKey<T>(use: (value: string) => T): T {
    return use(this.#value)
  }

  /** `text` without the key, should a server have repeated it. */
  redact(text: string): string {
    return this.#value === '' ? text : text.replaceAll(this.#value, REDACTED)
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [inspect.custom](): string {
    return REDACTED
  }
}
