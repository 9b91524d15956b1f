import type { IncomingMessage } from 'node:http'
import { failure, type Failure, type FailureCode } from '../../shared/failure.ts'
import { actionsFor, fatalCode } from './close-codes.ts'
import type { Endpoint } from './endpoint.ts'
import { REDACTED, type SecretKey } from './secret-key.ts'

/** Most of an answer's body that is read, bytes. */
const MAX_BODY = 8 * 1024
/** Longest wait for the body, ms: the status alone says enough. */
const BODY_TIMEOUT = 2000

/** Statuses after which openai-node tries again by itself. */
const RETRY_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/** Whether a refused upgrade may be tried again without asking; an empty account stays empty, whatever the status. */
export function retryAfterStatus(status: number, code: FailureCode): boolean {
  return RETRY_STATUSES.has(status) && !ACCOUNT.has(code)
}

const ACCOUNT: ReadonlySet<FailureCode> = new Set<FailureCode>(['invalid_key', 'quota_exhausted', 'account_deactivated'])

/** Reads at most 8 KiB of the body of a refused upgrade; never rejects. */
export function readBody(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const finish = (): void => {
      clearTimeout(timer)
      response.destroy()
      resolve(Buffer.concat(chunks).subarray(0, MAX_BODY).toString('utf8'))
    }
    const timer = setTimeout(finish, BODY_TIMEOUT)
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size >= MAX_BODY) finish()
    })
    response.on('end', finish)
    response.on('error', finish)
    response.on('close', finish)
  })
}

/** The failure that a refused upgrade means. Neither headers nor the raw body get into it. */
export function statusFailure(status: number, body: string, endpoint: Endpoint, key: SecretKey | null): Failure {
  const error = errorOf(body)
  const code = fatalCode(error.code) ?? codeForStatus(status, endpoint)
  const detail: Record<string, string | number> = { status, host: endpoint.host }
  if (endpoint.model !== '') detail['model'] = endpoint.model
  if (error.code !== null) detail['error'] = clean(error.code, key)
  if (error.message !== null && code !== 'invalid_key') detail['message'] = clean(error.message, key)
  return failure(code, detail, actionsFor(code))
}

function codeForStatus(status: number, endpoint: Endpoint): FailureCode {
  if (status >= 500) return 'server_unavailable'
  if (status >= 300 && status < 400) return 'redirect_refused'
  if (status < 300) return 'not_realtime'
  switch (status) {
    case 401:
      return 'invalid_key'
    case 403:
      return 'no_access'
    case 404:
      return endpoint.model === '' ? 'not_realtime' : 'model_not_found'
    case 407:
      return 'proxy_failed'
    case 408:
      return 'timeout'
    case 429:
      return 'rate_limited'
    default:
      return 'bad_request'
  }
}

/** `error.code` and `error.message` of a JSON body, each null when there is none. */
function errorOf(body: string): { code: string | null; message: string | null } {
  try {
    const parsed: unknown = JSON.parse(body)
    const error = field(parsed, 'error')
    return { code: stringField(error, 'code'), message: stringField(error, 'message') }
  } catch {
    // Anything may answer on a wrong port; the status is what counts then.
    return { code: null, message: null }
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function stringField(value: unknown, name: string): string | null {
  const found = field(value, name)
  return typeof found === 'string' && found !== '' ? found : null
}

/** A server's own words, fit to be shown: no key (whole or masked), no control characters, short. */
function clean(text: string, key: SecretKey | null): string {
  return (key?.redact(text) ?? text)
    .replace(/\b(?:sk|ek)[-_][\w*-]{4,}/g, REDACTED)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 200)
}

/** Codes of Node's and OpenSSL's errors that mean that the other side's identity cannot be trusted. */
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/
const OFFLINE_CODES: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
])

/**
 * The failure that an error of the socket means. Only its code and its kind are looked at: the
 * error itself may hold the request with its headers.
 *
 * @param wasOpen whether the upgrade had succeeded
 */
export function socketFailure(error: Error, endpoint: Endpoint, wasOpen: boolean, throughProxy: boolean): Failure {
  const code = errorCode(error)
  const what = codeForError(code, error.message, wasOpen, throughProxy)
  return failure(what, { host: endpoint.host, ...(code === '' ? {} : { error: code }) }, actionsFor(what))
}

function codeForError(code: string, message: string, wasOpen: boolean, throughProxy: boolean): FailureCode {
  if (code.startsWith('WS_ERR_')) return 'protocol_error'
  if (wasOpen) return 'connection_lost'
  if (TLS_CODE.test(code)) return 'tls_failed'
  if (throughProxy && (OFFLINE_CODES.has(code) || code === 'ECONNRESET' || code === '')) return 'proxy_failed'
  if (OFFLINE_CODES.has(code)) return 'offline'
  if (code === 'ETIMEDOUT' || message === 'Opening handshake has timed out') return 'timeout'
  // What answered is there but speaks something else (no upgrade, wrong accept key, not even HTTP).
  if (code.startsWith('HPE_') || /^(?:Invalid |Unexpected server response|Server sent )/.test(message)) return 'not_realtime'
  return 'connection_lost'
}

/** `code` of an error, also of the first of several (Node tries IPv6 and IPv4); empty when there is none. */
function errorCode(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return errorCode(error.errors[0])
  return ''
}
