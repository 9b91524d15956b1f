import { makeEndpoint } from './realtime/endpoint.ts'
import { SecretKey } from './realtime/secret-key.ts'

/** What the environment says about this run (design §2). An unset or blank variable is null. */
export interface Environment {
  /**
   * `OPENAI_API_KEY`: bound to OpenAI's origin, or to that of `endpointUrl` when that is given; to
   * no origin at all (`''`) when `endpointUrl` is not a URL that can be connected to.
   */
  apiKey: SecretKey | null
  /** `PARLEY_ENDPOINT`: a ws:// or wss:// URL up to and including the path; not yet checked. */
  endpointUrl: string | null
  /** `PARLEY_MODEL` */
  model: string | null
  /** `PARLEY_USER_DATA`: folder for settings and history. */
  userData: string | null
}

/**
 * Reads Parley's variables and deletes them from `env`. Called as the first statement of main:
 * a sandboxed preload gets a copy of main's whole environment and child processes inherit it, so
 * whatever is left there is in every renderer.
 *
 * On Windows names are compared without regard to case, as the system does.
 */
export function takeEnvironment(
  env: Record<string, string | undefined>,
  platform: NodeJS.Platform = process.platform,
): Environment {
  const take = (wanted: string): string | null => {
    let found: string | null = null
    for (const name of Object.keys(env)) {
      if (name !== wanted && !(platform === 'win32' && name.toUpperCase() === wanted)) continue
      const value = env[name]?.trim() ?? ''
      if (value !== '') found = value
      delete env[name]
    }
    return found
  }
  const key = take('OPENAI_API_KEY')
  const endpointUrl = take('PARLEY_ENDPOINT')
  return {
    apiKey: key === null ? null : new SecretKey(key, originOf(endpointUrl)),
    endpointUrl,
    model: take('PARLEY_MODEL'),
    userData: take('PARLEY_USER_DATA'),
  }
}

function originOf(endpointUrl: string | null): string {
  const choice =
    endpointUrl === null
      ? { kind: 'openai' as const, url: '', model: '' }
      : { kind: 'compatible' as const, url: endpointUrl, model: '' }
  // Only the origin is wanted here; consent to send the key is asked where it is sent.
  const made = makeEndpoint(choice, { hasKey: false, consent: false })
  return made.ok ? made.endpoint.origin : ''
}
