import { failure, FailureError, type Failure } from '../shared/failure.ts'
import type { EndpointChoice as WindowChoice } from '../shared/ipc.ts'
import type { EndpointKind } from '../shared/settings.ts'
import type { EndpointInForce, KeyStatus } from '../shared/state.ts'
import type { Environment } from './environment.ts'
import type { Log } from './log.ts'
import { checkKey } from './realtime/check-key.ts'
import { RealtimeConnection } from './realtime/connection.ts'
import { makeEndpoint, type Endpoint, type EndpointChoice } from './realtime/endpoint.ts'
import type { ResolveProxy } from './realtime/proxy.ts'
import { SecretKey } from './realtime/secret-key.ts'
import type { KeyVault } from './storage/key-vault.ts'
import type { SettingsFile } from './storage/settings-file.ts'
import type { OpenWire } from './voice/wire.ts'

/** A running practice partner: where it listens and what it wants to hear in the Authorization header. */
export interface PracticePartner {
  readonly url: string
  readonly token: string
  stop(): Promise<void> | void
}

export interface EndpointsOptions {
  vault: KeyVault
  settings: SettingsFile
  environment: Environment
  /** Model that the chosen persona wants; null: the one that goes with the server. */
  personaModel: () => string | null
  resolveProxy: ResolveProxy
  /** Certificates to trust, PEM: Node's own and those that the system trusts (a company's, say). */
  certificates: string[]
  startPractice: () => Promise<PracticePartner>
  log: Log
}

/** Used where a status is asked for and nothing has been chosen. */
const OPENAI: EndpointChoice = { kind: 'openai', url: '', model: '' }

/**
 * Which Realtime server is spoken to, and with which key: what the environment says beats what is
 * stored, for this run (design §2). A key goes to the origin it was given for and to no other.
 */
export class Endpoints {
  readonly #options: EndpointsOptions
  #practice: Promise<PracticePartner> | null = null

  constructor(options: EndpointsOptions) {
    this.#options = options
  }

  /** The server in force, null when none was chosen yet. A persona's model comes before that of the server, the environment's before both. */
  get choice(): EndpointChoice | null {
    const { environment, settings } = this.#options
    const model = environment.model ?? this.#options.personaModel() ?? ''
    if (environment.endpointUrl !== null) return { kind: 'compatible', url: environment.endpointUrl, model }
    if (environment.apiKey !== null) return { ...OPENAI, model }
    const stored = settings.value.endpoint
    return stored === null ? null : { ...stored, model: model || stored.model }
  }

  get kind(): EndpointKind | null {
    return this.choice?.kind ?? null
  }

  /** The server in force, as it is shown. */
  get shown(): EndpointInForce | null {
    const choice = this.choice
    if (choice === null) return null
    if (choice.kind === 'practice') return { kind: 'practice', host: '', model: '' }
    const made = makeEndpoint(choice, { hasKey: false, consent: true })
    return made.ok ? { kind: choice.kind, host: made.endpoint.host, model: made.endpoint.model } : { kind: choice.kind, host: choice.url, model: choice.model }
  }

  /** What is known of the key of the server in force. */
  status(): KeyStatus {
    const made = makeEndpoint(this.choice ?? OPENAI, { hasKey: false, consent: true })
    return this.#options.vault.status(made.ok ? made.endpoint.origin : '')
  }

  /** Opens the connection of one session to the server in force. */
  readonly open: OpenWire = (listener) => {
    let connection: RealtimeConnection | null = null
    let closed = false
    void this.#target().then(
      ({ endpoint, key }) => {
        if (closed) return
        connection = new RealtimeConnection({
          endpoint,
          key,
          resolveProxy: this.#options.resolveProxy,
          ca: this.#options.certificates,
          fault: (problem) => {
            this.#options.log.error('An event of the server could not be handled.', problem)
          },
          listener: (event) => {
            if (!closed) listener(event)
          },
        })
        connection.open()
      },
      (error: unknown) => {
        if (closed) return
        closed = true
        listener({ type: 'closed', failure: this.#explain(error), retry: false })
      },
    )
    return {
      send: (event) => {
        connection?.send(event)
      },
      sendAudio: (pcm) => {
        connection?.sendAudio(pcm)
      },
      close: () => {
        closed = true
        connection?.close()
      },
    }
  }

  /**
   * Tries a server and, when it answers, makes it the one in force and stores its key.
   *
   * @throws FailureError when the choice, the server or the key does not work; nothing is stored then
   */
  async choose(wanted: WindowChoice): Promise<void> {
    const { vault, settings, resolveProxy, certificates } = this.#options
    const { kind, url, model } = wanted
    if (kind === 'practice') {
      await settings.change({ endpoint: { kind, url: '', model: '' } })
      return
    }
    const choice = { kind, url: url.trim(), model: model.trim() }
    const hasKey = wanted.key.trim() !== ''
    const endpoint = orThrow(makeEndpoint(choice, { hasKey, consent: wanted.insecureConsent }))
    const given = hasKey ? new SecretKey(wanted.key, endpoint.origin) : null
    const key = given ?? (await this.#storedKey(endpoint))
    const check = await checkKey({ endpoint, key, resolveProxy, ca: certificates })
    if (!check.ok) throw new FailureError(check.failure)
    if (given) await vault.set(given)
    await settings.change({ endpoint: choice })
  }

  /** Stores the key of the server in force though the system only obfuscates it. @throws FailureError when that cannot be done */
  async storeKey(): Promise<void> {
    const made = makeEndpoint(this.choice ?? OPENAI, { hasKey: false, consent: true })
    if (made.ok) await this.#options.vault.storeUnprotected(made.endpoint.origin)
  }

  /** Forgets the key of the server in force. @throws FailureError when the disk refuses */
  async forgetKey(): Promise<void> {
    const made = makeEndpoint(this.choice ?? OPENAI, { hasKey: false, consent: true })
    if (made.ok) await this.#options.vault.forget(made.endpoint.origin)
  }

  /** Stops the practice partner; it starts again, in the language of then, when it is next needed. */
  async stopPractice(): Promise<void> {
    const running = this.#practice
    this.#practice = null
    if (running) await (await running).stop()
  }

  async #target(): Promise<{ endpoint: Endpoint; key: SecretKey | null }> {
    const choice = this.choice
    if (choice === null) throw new FailureError(failure('no_key', {}, ['change_key', 'practise']))
    if (choice.kind === 'practice') {
      this.#practice ??= this.#options.startPractice()
      const { url, token } = await this.#practice
      return { endpoint: orThrow(makeEndpoint({ ...choice, url }, { hasKey: true, consent: false })), key: new SecretKey(token, new URL(url).origin) }
    }
    const fromEnvironment = this.#options.environment.endpointUrl !== null
    // What is stored was agreed to when it was chosen; the environment has agreed to nothing.
    const endpoint = orThrow(makeEndpoint(choice, { hasKey: true, consent: !fromEnvironment }))
    return { endpoint, key: await this.#storedKey(endpoint) }
  }

  async #storedKey(endpoint: Endpoint): Promise<SecretKey | null> {
    try {
      return await this.#options.vault.withKey(endpoint.origin, (key) => key)
    } catch (error) {
      const missing = error instanceof FailureError && error.failure.code === 'no_key'
      if (missing && endpoint.kind === 'compatible') return null
      throw error
    }
  }

  #explain(error: unknown): Failure {
    if (error instanceof FailureError) return error.failure
    this.#options.log.error('The connection could not be prepared.', error)
    return failure('internal', {}, ['retry'])
  }
}

function orThrow(made: ReturnType<typeof makeEndpoint>): Endpoint {
  if (!made.ok) throw new FailureError(made.failure)
  return made.endpoint
}
