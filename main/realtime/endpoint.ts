import { failure, FailureError, type Failure } from '../../shared/failure.ts'
import type { WireShape } from '../../shared/realtime/serialise.ts'
import { DEFAULT_MODEL, type EndpointKind } from '../../shared/settings.ts'
import type { SecretKey } from './secret-key.ts'

/** Where OpenAI's Realtime API is. */
const OPENAI_URL = 'wss://api.openai.com/v1/realtime'
/** Path of Azure OpenAI's GA Realtime API; it takes no `api-version`. */
const AZURE_PATH = '/openai/v1/realtime'
/** Longest URL, characters. */
const MAX_URL = 2000

/** A Realtime server that can be connected to: checked, complete, and without any secret. */
export interface Endpoint {
  readonly kind: EndpointKind
  /** `ws:` or `wss:` URL with path and query. */
  readonly url: string
  /** The only origin that its key may be sent to, e.g. `wss://api.openai.com`. */
  readonly origin: string
  /** Host name (and port, when unusual) for messages. */
  readonly host: string
  /** Model asked for (deployment on Azure); empty when the server chooses. */
  readonly model: string
  /** How sessions and events are sent. `beta`, for compatible servers only: in the old shape from the first event on. */
  readonly shape: WireShape
}

/** What a person chose (settings, environment or onboarding). */
export interface EndpointChoice {
  kind: EndpointKind
  /** `compatible`, `practice`: ws(s) URL up to and including the path. `azure`: the resource's https URL. Unused for `openai`. */
  url: string
  /** Empty: the default of the kind. */
  model: string
  /**
   * `compatible` only: the server speaks the old (beta) protocol. One that sends its first session
   * in the old flat shape is recognised without it.
   */
  beta?: boolean | undefined
}

/** What decides about unencrypted connections. */
export interface EndpointSafety {
  /** A key would be sent. */
  hasKey: boolean
  /** The person agreed that the key goes unencrypted to this host. */
  consent: boolean
}

/** Checks a choice and completes it to an {@link Endpoint}. */
export function makeEndpoint(
  choice: EndpointChoice,
  safety: EndpointSafety,
): { ok: true; endpoint: Endpoint } | { ok: false; failure: Failure } {
  const wanted = choice.kind === 'openai' ? OPENAI_URL : choice.url.trim()
  const url = parseUrl(wanted, choice.kind)
  if (url === null) return { ok: false, failure: failure('endpoint_invalid', {}, ['change_key']) }
  const model = choice.kind === 'openai' && choice.model === '' ? DEFAULT_MODEL : choice.model
  if (model !== '' && !url.searchParams.has('model')) url.searchParams.set('model', model)
  if (url.protocol === 'ws:' && safety.hasKey && !safety.consent && !isLoopback(url.hostname)) {
    return { ok: false, failure: failure('endpoint_insecure', { host: url.host }, ['change_key']) }
  }
  return {
    ok: true,
    endpoint: {
      kind: choice.kind,
      url: url.href,
      origin: `${url.protocol}//${url.host}`,
      host: url.host,
      model: url.searchParams.get('model') ?? '',
      shape: choice.kind === 'compatible' && choice.beta === true ? 'beta' : 'ga',
    },
  }
}

/** The URL to connect to, without fragment; null when it is none of ours. */
function parseUrl(wanted: string, kind: EndpointKind): URL | null {
  if (wanted.length > MAX_URL || !URL.canParse(wanted)) return null
  const url = new URL(wanted)
  if (url.username !== '' || url.password !== '' || url.hostname === '') return null
  if (kind === 'azure') {
    // A person copies the resource's https address from the portal, with whatever path it has.
    if (url.protocol === 'https:' || url.protocol === 'wss:') return new URL(`wss://${url.host}${AZURE_PATH}`)
    if (url.protocol === 'http:' || url.protocol === 'ws:') return new URL(`ws://${url.host}${AZURE_PATH}`)
    return null
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') return null
  url.hash = ''
  return url
}

/** Whether a host name of a URL means this computer: localhost, 127.0.0.0/8 or ::1. */
export function isLoopback(hostname: string): boolean {
  // URL has already turned every spelling of an IPv4 address into four decimal numbers.
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

/**
 * Request headers of the upgrade, the one place that a key goes to. The beta header goes only to a
 * server that is marked so: OpenAI would answer it with `beta_api_shape_disabled`.
 *
 * @throws FailureError `no_key` when the key belongs to another origin, `invalid_key` when it cannot stand in a header
 */
export function upgradeHeaders(endpoint: Endpoint, key: SecretKey | null): Record<string, string> {
  const beta: Record<string, string> = endpoint.shape === 'beta' ? { 'OpenAI-Beta': 'realtime=v1' } : {}
  if (key === null) return beta
  if (key.origin !== endpoint.origin) throw new FailureError(failure('no_key', { host: endpoint.host }, ['change_key']))
  if (!key.usable) throw new FailureError(failure('invalid_key', { host: endpoint.host }, ['change_key']))
  return key.withKey((value): Record<string, string> =>
    endpoint.kind === 'azure' ? { 'api-key': value } : { ...beta, Authorization: `Bearer ${value}` },
  )
}
