/**
 * Items of a conversation and the content parts inside them, in the shape of the current (GA)
 * Realtime API. The parser (`parse.ts`) brings older spellings (`text`, `audio`) to these names.
 * Source: OpenAI Realtime API reference, `ConversationItem`; differences seen on real servers are
 * named at the field.
 */

/** Set by the server; has no effect when sent. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** Fields that every item has. */
export interface ItemBase {
  /** Chosen by the server, or by the client within 32 characters. Always present on received items. */
  id?: string
  status?: ItemStatus | null
  /** `realtime.item` on older servers; absent on the wire today. */
  object?: 'realtime.item'
}

/** Text of the person or of the system. */
export interface InputTextPart {
  type: 'input_text'
  text: string
}

/** Speech of the person. */
export interface InputAudioPart {
  type: 'input_audio'
  /** Base64 in the session's input format; only sent by the client, or received in `conversation.item.retrieved`. */
  audio?: string | null
  /** Filled by transcription, which may come late or never; null until then. */
  transcript?: string | null
}

/** A picture for the model. */
export interface InputImagePart {
  type: 'input_image'
  /** `data:` URI of a PNG or JPEG. */
  image_url: string
  detail?: 'auto' | 'low' | 'high' | null
}

/** Text of the assistant. */
export interface OutputTextPart {
  type: 'output_text'
  text: string
}

/** Speech of the assistant: on the wire its transcript, and the sound only in `conversation.item.retrieved`. */
export interface OutputAudioPart {
  type: 'output_audio'
  transcript?: string | null
  /** Base64 in the session's output format. */
  audio?: string | null
}

/** A content part of a kind that this client does not know; `raw` is what was received. */
export interface UnknownPart {
  type: 'unknown'
  raw: Readonly<Record<string, unknown>>
}

/** What an assistant says. The wire's `text` and `audio` of content_part events become these too. */
export type OutputPart = OutputTextPart | OutputAudioPart

/** Every content part. */
export type ContentPart = InputTextPart | InputAudioPart | InputImagePart | OutputPart | UnknownPart

/** Instructions inside the conversation; also the server's own nudge after `idle_timeout_ms` (not to be shown). */
export interface SystemMessageItem extends ItemBase {
  type: 'message'
  role: 'system'
  content: InputTextPart[]
}

/** A turn of the person, made by the client or by the server at a commit. */
export interface UserMessageItem extends ItemBase {
  type: 'message'
  role: 'user'
  content: (InputTextPart | InputAudioPart | InputImagePart)[]
}

/** An answer. A client may create one only with `output_text`. */
export interface AssistantMessageItem extends ItemBase {
  type: 'message'
  role: 'assistant'
  content: OutputPart[]
  /** Models 2.x speak a `commentary` before a function call (recorded; not in the official types). */
  phase?: string | null
}

/** A message of any role. */
export type MessageItem = SystemMessageItem | UserMessageItem | AssistantMessageItem

/** The model wants a function of the client to be run. */
export interface FunctionCallItem extends ItemBase {
  type: 'function_call'
  /** Joins the call to its output; ≤ 32 characters. Received items always have it. */
  call_id?: string
  name: string
  /** JSON as text; may be anything the model wrote. */
  arguments: string
}

/** What the function answered. */
export interface FunctionCallOutputItem extends ItemBase {
  type: 'function_call_output'
  call_id: string
  /** Text, JSON-encoded at most once. */
  output: string
}

/** One tool of an MCP server. */
export interface McpTool {
  name: string
  input_schema: unknown
  description?: string | null
  annotations?: unknown
}

/** Tools that the server got from an MCP server; complete in `conversation.item.done`. */
export interface McpListToolsItem extends ItemBase {
  type: 'mcp_list_tools'
  server_label: string
  tools: McpTool[]
}

/** Why a call to an MCP server failed. An error of a kind that we do not know becomes a `tool_execution_error`. */
export type McpError =
  | { type: 'protocol_error' | 'http_error'; code: number; message: string }
  | { type: 'tool_execution_error'; message: string }

/** A call that the Realtime server made to an MCP server. */
export interface McpCallItem extends ItemBase {
  type: 'mcp_call'
  id: string
  server_label: string
  name: string
  arguments: string
  approval_request_id?: string | null
  output?: string | null
  error?: McpError | null
}

/** The person is to be asked before an MCP tool runs; waits without limit for the answer. */
export interface McpApprovalRequestItem extends ItemBase {
  type: 'mcp_approval_request'
  id: string
  server_label: string
  name: string
  arguments: string
}

/** The person's answer to {@link McpApprovalRequestItem}. */
export interface McpApprovalResponseItem extends ItemBase {
  type: 'mcp_approval_response'
  id: string
  approval_request_id: string
  approve: boolean
  reason?: string | null
}

/** An existing item, by id; only inside `response.create.input`. */
export interface ItemReference {
  type: 'item_reference'
  id: string
}

/** An item of a kind that this client does not know; `raw` is what was received. */
export interface UnknownItem extends ItemBase {
  type: 'unknown'
  raw: Readonly<Record<string, unknown>>
}

/** Every item that a conversation can hold and a client can create. */
export type ConversationItem =
  | MessageItem
  | FunctionCallItem
  | FunctionCallOutputItem
  | McpListToolsItem
  | McpCallItem
  | McpApprovalRequestItem
  | McpApprovalResponseItem

/** A message as received may hold content parts of unknown kinds. */
type WithUnknownParts<Item> = Item extends { content: (infer Part)[] } ? Omit<Item, 'content'> & { content: (Part | UnknownPart)[] } : Item

/** An item as received: its `id` is certain (a string of 1–200 characters), its kind may be unknown. */
export type ReceivedItem = (WithUnknownParts<ConversationItem> | UnknownItem) & { id: string }
