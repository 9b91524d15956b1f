/*
 * Our events against those of the official `openai` package. The compiler is the judge (`npm test`
 * type-checks this file): a release of the package that adds an event or a field, or changes what
 * a client may send, fails here with its name.
 */
import type { RealtimeClientEvent, RealtimeServerEvent, ResponseCreateEvent } from 'openai/resources/realtime/realtime'
import type { ClientEvent, ClientEventType } from '../../../shared/realtime/client-events.ts'
import type { ItemReference } from '../../../shared/realtime/items.ts'
import type { ServerEventOf, ServerEventType } from '../../../shared/realtime/server-events.ts'

type OfType<Event, Type> = Event extends { type: infer Types } ? (Type extends Types ? Event : never) : never

/** Compiles only when `Names` is never; the error names what is in it. */
type None<Names extends never> = Names

/**
 * What we send is checked without its nulls: the reference says that null turns noise reduction,
 * tracing and others off, the package's types know null for some of them only.
 */
type NoNulls<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Entry)[]
    ? NoNulls<Entry>[]
    : unknown extends T
      ? T
      : { [Field in keyof T]: NoNulls<Exclude<T[Field], null>> }

/** `response.input` may hold references (official example `client.response.create.2.json`); the package has them in a type beside the union. */
type WithReferences<Event> = Event extends ResponseCreateEvent
  ? Omit<Event, 'response'> & {
      response?: Omit<NonNullable<ResponseCreateEvent['response']>, 'input'> & {
        input?: (NonNullable<NonNullable<ResponseCreateEvent['response']>['input']>[number] | ItemReference)[]
      }
    }
  : Event

export type ClientEventsWeLack = None<Exclude<RealtimeClientEvent['type'], ClientEventType>>
export type ClientEventsOnlyOurs = None<Exclude<ClientEventType, RealtimeClientEvent['type']>>
export type ClientEventsNotSendable = None<
  {
    [Type in ClientEventType]: NoNulls<OfType<ClientEvent, Type>> extends WithReferences<OfType<RealtimeClientEvent, Type>> ? never : Type
  }[ClientEventType]
>

/** The parser delivers it as `conversation.item.added`. */
type Renamed = 'conversation.item.created'
export type ServerEventsWeLack = None<Exclude<RealtimeServerEvent['type'], ServerEventType | Renamed>>
export type ServerEventsOnlyOurs = None<Exclude<ServerEventType, RealtimeServerEvent['type']>>

/** Fields that are kept but not typed: log probabilities are never asked for, detected languages not shown, padding means nothing. */
type Untyped = 'logprobs' | 'languages' | 'obfuscation'
/** The parser delivers `delta` as bytes in `audio`. */
type Decoded<Type> = Type extends 'response.output_audio.delta' ? 'delta' : never
export type ServerFieldsWeLack = None<
  {
    [Type in ServerEventType]: Exclude<keyof OfType<RealtimeServerEvent, Type>, keyof ServerEventOf<Type> | Untyped | Decoded<Type>> extends infer Field
      ? Field extends string
        ? `${Type}: ${Field}`
        : never
      : never
  }[ServerEventType]
>
