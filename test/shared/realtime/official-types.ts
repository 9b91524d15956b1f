/*
 * Our events against those of the official `openai` package. The compiler is the judge (`npm test`
 * type-checks this file): a release of the package that adds an event or a field, or changes what
 * a client may send or a server may say, fails here with its name.
 */
import type {
  ConversationItem as OfficialItem,
  RealtimeClientEvent,
  RealtimeError as OfficialError,
  RealtimeResponse as OfficialResponse,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
  RealtimeTranscriptionSessionCreateRequest,
  ResponseContentPartAddedEvent,
  ResponseCreateEvent,
} from 'openai/resources/realtime/realtime'
import type { ClientEvent, ClientEventType } from '../../../shared/realtime/client-events.ts'
import type { ItemReference, OutputPart, ReceivedItem } from '../../../shared/realtime/items.ts'
import type { RealtimeError, RealtimeResponse } from '../../../shared/realtime/response.ts'
import type { ServerEventOf, ServerEventType } from '../../../shared/realtime/server-events.ts'
import type { EffectiveSession } from '../../../shared/realtime/session.ts'

type OfType<Event, Type> = Event extends { type: infer Types } ? (Type extends Types ? Event : never) : never

/** Compiles only when `Names` is never; the error names what is in it. */
type None<Names extends never> = Names

// ── what we send ────────────────────────────────────────────────────────────────────────────

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

/** Fields that the package lets a client send and ours does not have. */
type FieldsWeLack<Theirs, Ours> = Exclude<keyof NonNullable<Theirs>, keyof NonNullable<Ours>>
type Sent<Type extends ClientEventType> = OfType<ClientEvent, Type>
type SentSession = Extract<Sent<'session.update'>['session'], { type: 'realtime' }>
export type ClientFieldsWeLack = None<{ [Type in ClientEventType]: FieldsWeLack<OfType<RealtimeClientEvent, Type>, Sent<Type>> }[ClientEventType]>
export type SessionFieldsWeLack = None<FieldsWeLack<RealtimeSessionCreateRequest, SentSession>>
export type ResponseFieldsWeLack = None<FieldsWeLack<ResponseCreateEvent['response'], Sent<'response.create'>['response']>>

// ── what we receive ─────────────────────────────────────────────────────────────────────────

type Received<Type> = OfType<RealtimeServerEvent, Type>

/** The parser delivers it as `conversation.item.added`. */
type Renamed = 'conversation.item.created'
export type ServerEventsWeLack = None<Exclude<RealtimeServerEvent['type'], ServerEventType | Renamed>>
export type ServerEventsOnlyOurs = None<Exclude<ServerEventType, RealtimeServerEvent['type']>>

/** The parser delivers `delta` as bytes in `audio`. */
type Decoded<Type> = Type extends 'response.output_audio.delta' ? 'delta' : never
export type ServerFieldsWeLack = None<
  {
    [Type in ServerEventType]: Exclude<keyof Received<Type>, keyof ServerEventOf<Type> | Decoded<Type>> extends infer Field
      ? Field extends string
        ? `${Type}: ${Field}`
        : never
      : never
  }[ServerEventType]
>

/** Fields of which the package allows values that ours do not, or that only ours have and need. */
type Mismatches = {
  [Type in ServerEventType]: {
    [Field in keyof ServerEventOf<Type> & string]-?: Field extends keyof Received<Type>
      ? Received<Type>[Field] extends ServerEventOf<Type>[Field]
        ? never
        : `${Type}: ${Field}`
      : undefined extends ServerEventOf<Type>[Field]
        ? never
        : `${Type}: ${Field}`
  }[keyof ServerEventOf<Type> & string]
}[ServerEventType]

/**
 * Where ours are narrower: the parser makes each of these certain, and each is taken apart below
 * or named with what forces it.
 */
type Exceptions =
  // Decoded from `delta`.
  | 'response.output_audio.delta: audio'
  // May be absent in the package; recorded always there (`azure-spoken-turn-transcribed.jsonl`). Absent becomes 0 and ''.
  | 'conversation.item.input_audio_transcription.delta: content_index'
  | 'conversation.item.input_audio_transcription.delta: delta'
  // Absent fields become null: see `ErrorFields`.
  | 'error: error'
  // Parts are named after their items: see `Parts`.
  | 'response.content_part.added: part'
  | 'response.content_part.done: part'
  // Items have an id and parts a type: see `Items`.
  | 'conversation.item.added: item'
  | 'conversation.item.done: item'
  | 'conversation.item.retrieved: item'
  | 'response.output_item.added: item'
  | 'response.output_item.done: item'
  // See `ResponseFields`.
  | 'response.created: response'
  | 'response.done: response'
export type ServerValuesNarrower = None<Exclude<Mismatches, Exceptions>>
export type ExceptionsNoLongerNeeded = None<Exclude<Exceptions, Mismatches>>

/** Fields of `Theirs` that are not assignable to the same fields of `Ours`. */
type Narrower<Theirs, Ours> = {
  [Field in keyof Theirs & string]-?: Field extends keyof Ours ? (Theirs[Field] extends Ours[Field] ? never : Field) : Field
}[keyof Theirs & string]

/** Absent in the package, null with us; every recorded response names all of these. */
type CertainInResponse = 'id' | 'status' | 'status_details' | 'usage' | 'output'
export type ResponseFields = None<Exclude<Narrower<OfficialResponse, RealtimeResponse>, CertainInResponse>>
export type ResponseValues = None<Exclude<Narrower<Required<OfficialResponse>, RealtimeResponse>, 'output'>>
export type ErrorFields = None<Exclude<Narrower<OfficialError, RealtimeError>, 'code' | 'param' | 'event_id'>>
export type ErrorValues = None<Narrower<Required<OfficialError>, RealtimeError>>

type Effective<Type> = Extract<EffectiveSession, { type: Type }>
export type SessionFields = None<Narrower<RealtimeSessionCreateRequest, Effective<'realtime'>>>
export type TranscriptionSessionFields = None<Narrower<RealtimeTranscriptionSessionCreateRequest, Effective<'transcription'>>>

/** The package lets the type and the text of a part be absent; recorded parts always have them (`openai-history-seeding.jsonl`). */
type PartsCertain<Part> = Part extends { type?: infer Type }
  ? NonNullable<Type> extends infer One
    ? One extends 'input_text' | 'output_text'
      ? { type: One; text: string }
      : One extends 'input_image'
        ? Omit<Part, 'type' | 'image_url'> & { type: One; image_url: string }
        : Omit<Part, 'type' | 'text'> & { type: One }
    : never
  : never
type AfterParser<Item> = Item extends { content: (infer Part)[] }
  ? Omit<Item, 'content' | 'id'> & { id: string; content: PartsCertain<Part>[] }
  : Omit<Item, 'id'> & { id: string }
type Named<Item> = Item extends { type: infer Type extends string; role: infer Role extends string }
  ? `${Type} ${Role}`
  : Item extends { type: infer Type extends string }
    ? Type
    : never
/** Every kind of item, and nothing else but where ours are narrower. */
export type Items = None<OfficialItem extends infer Item ? (Item extends OfficialItem ? (AfterParser<Item> extends ReceivedItem ? never : Named<Item>) : never) : never>
export type ItemKindsWeLack = None<Exclude<OfficialItem['type'], ReceivedItem['type']>>

/** `text` and `audio` on the wire (every recording with an answer), `output_text` and `output_audio` with us. */
type OfficialPart = ResponseContentPartAddedEvent['part']
type PartNames = { text: 'output_text'; audio: 'output_audio' }
export type Parts = None<
  {
    [Name in NonNullable<OfficialPart['type']>]: PartNames[Name] extends OutputPart['type'] ? never : Name
  }[NonNullable<OfficialPart['type']>]
>
export type PartFieldsWeLack = None<Exclude<keyof OfficialPart, 'text' | 'type' | 'audio' | 'transcript'>>
