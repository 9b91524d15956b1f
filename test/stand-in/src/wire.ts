import type { Encoded } from './codec.ts'

/** A message's ports: the identifiers that both ends use for them. */
export type PortId = string

/** What a document's isolated world tells main, one JSON text per binding call, in the order of sending. */
export type FromPage =
  | { k: 'send' | 'invoke' | 'sync', c: string, a: Encoded, i: number }
  | { k: 'post', c: string, a: Encoded, p: PortId[] }
  | { k: 'port', p: PortId, m: Encoded, t: PortId[] }
  | { k: 'closed', p: PortId }
  | { k: 'ask' | 'query', i: number, n: string, d: Record<string, unknown> }
  | { k: 'open', u: string, n: string, f: string }
  | { k: 'preload-error', path: string, message: string, stack: string }
  | { k: 'event', n: 'focus' | 'blur' | 'resize' }
  | { k: 'title', v: string }
  | { k: 'key', v: Record<string, unknown> }
  | { k: 'context', v: { x: number, y: number, linkURL: string, linkText: string, selectionText: string, isEditable: boolean } }

/** What main tells a document's isolated world. */
export type ToPage =
  | { k: 'send', c: string, a: Encoded, p: PortId[] }
  | { k: 'reply', i: number, r?: Encoded, e?: string }
  | { k: 'port', p: PortId, m: Encoded, t: PortId[] }
  | { k: 'close', p: PortId }
  | { k: 'settle', i: number, v: unknown }
  | { k: 'visibility', v: string }

export interface PreloadScript {
  path: string
  /** Null where the file could not be read or parsed; `error` says why. */
  error: string | null
}

/** Everything the isolated world needs; becomes part of the injected source text. */
export interface PreloadSetup {
  /** Name, new for every launch, by which the worlds find each other and main finds the receiver. */
  tag: string
  preloads: PreloadScript[]
  process: Record<string, unknown>
}
