import { failure, type Failure } from '../../shared/failure.ts'
import { actionsFor, fatalCode } from './close-codes.ts'
import { RealtimeConnection, type ConnectionOptions } from './connection.ts'

/** What the check of an endpoint and its key found. */
export type KeyCheck =
  | { ok: true; model: string; voice: string; /** Unix seconds, null when the server does not say. */ expiresAt: number | null }
  | { ok: false; failure: Failure }

/** Longest wait for `session.created` after the upgrade, ms. */
const CREATED_TIMEOUT = 10_000

/**
 * Opens a connection, reads `session.created` and closes. Creates no response, so it costs
 * nothing. Never rejects.
 */
export function checkKey(
  options: Omit<ConnectionOptions, 'listener'>,
  createdTimeout: number = CREATED_TIMEOUT,
): Promise<KeyCheck> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const settle = (result: KeyCheck): void => {
      clearTimeout(timer)
      resolve(result)
      connection.close()
    }
    const fail = (what: Failure): void => {
      settle({ ok: false, failure: what })
    }
    const connection = new RealtimeConnection({
      ...options,
      listener: (event) => {
        if (event.type === 'open') {
          timer = setTimeout(() => {
            fail(failure('timeout', { host: options.endpoint.host }, ['retry']))
          }, createdTimeout)
        } else if (event.type === 'event' && event.event.type === 'session.created') {
          const { session } = event.event
          const voice = session.type === 'realtime' ? session.audio?.output?.voice : undefined
          settle({
            ok: true,
            model: session.model ?? options.endpoint.model,
            voice: typeof voice === 'string' ? voice : (voice?.id ?? ''),
            expiresAt: session.expires_at ?? null,
          })
        } else if (event.type === 'event' && event.event.type === 'error') {
          const code = fatalCode(event.event.error.code)
          if (code !== null) fail(failure(code, { host: options.endpoint.host }, actionsFor(code)))
        } else if (event.type === 'notice') {
          fail(failure('not_realtime', { host: options.endpoint.host }, ['change_key', 'retry']))
        } else if (event.type === 'closed' && event.failure !== null) {
          fail(event.failure)
        }
      },
    })
    connection.open()
  })
}
