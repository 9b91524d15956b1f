import { basename } from 'node:path'
import { failure, FailureError } from '../../shared/failure.ts'
import type { KeyStatus } from '../../shared/state.ts'
import { z } from '../../shared/zod.ts'
import type { Log } from '../log.ts'
import { SecretKey } from '../realtime/secret-key.ts'
import { errorCode, Queue, readIfPresent, setAside, writeAtomically } from './atomic-file.ts'

/** The system's safe storage as the vault needs it (`main/desktop/safe-storage.ts` makes it). */
export interface Cipher {
  isAvailable(): Promise<boolean>
  /**
   * The system's name of what keeps the secret: `keychain`, `dpapi`, or on Linux
   * `gnome_libsecret`, `kwallet`, `kwallet5`, `kwallet6`, `basic_text`, `unknown`.
   */
  backend(): string
  /** Lets the system obfuscate where it has no safe store (Linux); until then some systems refuse to. */
  allowObfuscation(): void
  encrypt(text: string): Promise<Uint8Array>
  /** `shouldReEncrypt`: the system has changed its own key; encrypt again and store that. */
  decrypt(bytes: Uint8Array): Promise<{ text: string; shouldReEncrypt: boolean }>
}

export interface KeyVaultOptions {
  /** Path of `keys.json`. */
  file: string
  cipher: Cipher
  log: Log
  /** Key of `OPENAI_API_KEY`: beats a stored one of the same origin in this run, and serves no other origin. */
  environment?: SecretKey | null
  /** Told of every key before it is used, so that the log can hide it. */
  onKey?: (key: SecretKey) => void
}

/** `basic_text` encrypts with a password that is written in Chromium's source: not a safe. */
const OBFUSCATING: ReadonlySet<string> = new Set(['basic_text', 'unknown', ''])

/** What people know the key stores as. */
const BACKEND_NAMES: Readonly<Record<string, string>> = {
  keychain: 'Keychain',
  dpapi: 'Windows Data Protection',
  gnome_libsecret: 'GNOME Keyring',
  kwallet: 'KDE Wallet',
  kwallet5: 'KDE Wallet',
  kwallet6: 'KDE Wallet',
}

const fileSchema = z.object({
  version: z.literal(1),
  keys: z.record(z.string().max(2000), z.object({ ciphertext: z.base64().max(100_000), backend: z.string().max(100) })),
})
/** One stored key: base64 of what the safe storage made of it, and by which of its backends. */
type Sealed = z.infer<typeof fileSchema>['keys'][string]
type Stored = ReadonlyMap<string, Sealed>

/**
 * Keys, each bound to the origin it was given for (`wss://api.openai.com`), encrypted on disk by the system's safe
 * storage. There is no getter: a key is set, forgotten, lent to the one who opens the socket, and asked about.
 */
export class KeyVault {
  readonly #options: KeyVaultOptions
  readonly #writes = new Queue()
  /** Keys kept in memory only, because the system has no safe place for them. */
  readonly #session = new Map<string, SecretKey>()
  /** Origins whose stored key could not be decrypted when it was last tried. */
  readonly #unreadable = new Set<string>()
  #stored: Stored
  #verified = false

  private constructor(options: KeyVaultOptions, stored: Stored) {
    this.#options = options
    this.#stored = stored
    if (options.environment) options.onKey?.(options.environment)
  }

  /** Reads the file; touches the safe storage not yet. Never rejects. */
  static async open(options: KeyVaultOptions): Promise<KeyVault> {
    return new KeyVault(options, await load(options))
  }

  /**
   * What is known of the key for `origin`, without asking the safe storage. A stored key that
   * could not be decrypted is `source: 'stored', present: false`: it is kept, but a new one is needed.
   */
  status(origin: string): KeyStatus {
    const source = this.#source(origin)
    const backendId = (source === 'stored' ? this.#stored.get(origin)?.backend : undefined) ?? this.#options.cipher.backend()
    return {
      present: source !== 'none' && !(source === 'stored' && this.#unreadable.has(origin)),
      source,
      origin: source === 'none' ? '' : origin,
      backend: BACKEND_NAMES[backendId] ?? '',
      backendVerified: this.#verified && !this.#unreadable.has(origin),
      unprotected: OBFUSCATING.has(backendId),
    }
  }

  /**
   * Keeps a key for its origin, in place of an earlier one. Where the system has no safe place for
   * it the key lives as long as this run; `consent` says that the person wants it stored though
   * it is only obfuscated.
   *
   * @returns where it is kept now
   */
  async set(key: SecretKey, options: { consent?: boolean } = {}): Promise<'stored' | 'session'> {
    const { origin } = key
    this.#options.onKey?.(key)
    return await this.#writes.add(async () => {
      const entry = await this.#seal(key, options.consent ?? false)
      const next = new Map(this.#stored)
      if (entry === null) next.delete(origin)
      else next.set(origin, entry)
      // Written also when the new key is not stored: the older one must not come back in the next run.
      const saved = (entry === null && !this.#stored.has(origin)) || (await this.#save(next))
      this.#unreadable.delete(origin)
      if (entry !== null && saved) {
        this.#session.delete(origin)
        return 'stored'
      }
      this.#session.set(origin, key)
      return 'session'
    })
  }

  /**
   * Stores the key of `origin` that is kept for this run only, though the system merely obfuscates
   * it: the person has consented to that. Does nothing where no key is kept for this run only.
   *
   * @throws FailureError `storage_unavailable` when it could not be stored all the same
   */
  async storeUnprotected(origin: string): Promise<void> {
    const key = this.#session.get(origin)
    if (key === undefined) return
    if ((await this.set(key, { consent: true })) === 'session') throw new FailureError(failure('storage_unavailable', {}, ['dismiss']))
  }

  /**
   * Forgets the stored key of `origin` and the one kept for this run. A key of the environment is
   * not Parley's to forget.
   *
   * @throws FailureError `settings_unwritable` when the stored key could not be removed from the disk
   */
  async forget(origin: string): Promise<void> {
    await this.#writes.add(async () => {
      this.#session.delete(origin)
      this.#unreadable.delete(origin)
      if (!this.#stored.has(origin)) return
      const next = new Map(this.#stored)
      next.delete(origin)
      if (!(await this.#save(next))) throw new FailureError(failure('settings_unwritable', {}, ['retry', 'dismiss']))
    })
  }

  /**
   * Lends the key of `origin` to `fn`: the environment's, else the one of this run, else the
   * stored one. Never a key of another origin.
   *
   * @throws FailureError `no_key` when there is none, `key_unreadable` when it cannot be decrypted
   */
  async withKey<T>(origin: string, fn: (key: SecretKey) => T | Promise<T>): Promise<T> {
    const environment = this.#fromEnvironment(origin)
    if (environment !== null) return await fn(environment)
    const remembered = this.#session.get(origin)
    if (remembered !== undefined) return await fn(remembered)
    return await fn(await this.#unseal(origin))
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    await this.#writes.idle()
  }

  #source(origin: string): KeyStatus['source'] {
    if (this.#fromEnvironment(origin) !== null) return 'environment'
    if (this.#session.has(origin)) return 'session'
    return this.#stored.has(origin) ? 'stored' : 'none'
  }

  /** The environment's key if it is for `origin`. One that is bound to no origin serves none. */
  #fromEnvironment(origin: string): SecretKey | null {
    const { environment } = this.#options
    return environment && origin !== '' && environment.origin === origin ? environment : null
  }

  /** Encrypts, and proves by decrypting it again that the named backend really works; null when there is no safe place. */
  async #seal(key: SecretKey, consent: boolean): Promise<Sealed | null> {
    const { cipher, log } = this.#options
    try {
      if (consent && OBFUSCATING.has(cipher.backend())) cipher.allowObfuscation()
      if (!(await cipher.isAvailable())) {
        log.warn('The system offers no safe storage; the key is kept for this run only.')
        return null
      }
      const backend = cipher.backend()
      if (OBFUSCATING.has(backend) && !consent) {
        log.warn('The system would only obfuscate the key; it is kept for this run only.', { backend })
        return null
      }
      const bytes = await key.withKey((value) => cipher.encrypt(value))
      const back = await cipher.decrypt(bytes)
      const same = key.withKey((value) => back.text === value)
      const hidden = key.withKey((value) => !Buffer.from(bytes).includes(value))
      this.#verified = same && hidden
      if (!this.#verified) {
        log.warn('The safe storage failed its round trip; the key is kept for this run only.', { backend })
        return null
      }
      return { ciphertext: Buffer.from(bytes).toString('base64'), backend }
    } catch (error) {
      this.#verified = false
      log.warn('The safe storage refused; the key is kept for this run only.', errorCode(error))
      return null
    }
  }

  async #unseal(origin: string): Promise<SecretKey> {
    const { cipher, log, onKey } = this.#options
    const entry = this.#stored.get(origin)
    if (entry === undefined) throw new FailureError(failure('no_key', {}, ['change_key', 'practise']))
    let key: SecretKey
    let stale: boolean
    try {
      if (OBFUSCATING.has(entry.backend)) cipher.allowObfuscation()
      const { text, shouldReEncrypt } = await cipher.decrypt(new Uint8Array(Buffer.from(entry.ciphertext, 'base64')))
      key = new SecretKey(text, origin)
      stale = shouldReEncrypt
    } catch (error) {
      // The file stays: an unlocked keyring or a repaired profile may read it tomorrow.
      this.#unreadable.add(origin)
      log.warn('The stored key could not be decrypted.', errorCode(error), { backend: entry.backend })
      const detail = { backend: BACKEND_NAMES[entry.backend] ?? entry.backend }
      throw new FailureError(failure('key_unreadable', detail, ['change_key', 'retry']))
    }
    onKey?.(key)
    this.#unreadable.delete(origin)
    this.#verified = true
    if (stale) void this.#renew(origin, entry, key)
    return key
  }

  /** Stores the key encrypted anew, unless it was replaced meanwhile. A failure leaves the old, which still works. */
  async #renew(origin: string, entry: Sealed, key: SecretKey): Promise<void> {
    await this.#writes.add(async () => {
      if (this.#stored.get(origin) !== entry) return
      const fresh = await this.#seal(key, OBFUSCATING.has(entry.backend))
      if (fresh !== null && (await this.#save(new Map(this.#stored).set(origin, fresh)))) {
        this.#options.log.info('The stored key was encrypted anew, because the system changed its own key.')
      }
    })
  }

  async #save(keys: Stored): Promise<boolean> {
    try {
      await writeAtomically(this.#options.file, `${JSON.stringify({ version: 1, keys: Object.fromEntries(keys) }, null, 2)}\n`)
      this.#stored = keys
      return true
    } catch (error) {
      this.#options.log.warn('The key file could not be written.', errorCode(error))
      return false
    }
  }
}

async function load({ file, log }: KeyVaultOptions): Promise<Stored> {
  let text: string | null
  try {
    text = await readIfPresent(file)
  } catch (error) {
    log.warn('The key file could not be read; no stored key is known in this run.', errorCode(error))
    return new Map()
  }
  if (text === null) return new Map()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined // refused by the schema below, which is where damage is reported
  }
  const parsed = fileSchema.safeParse(json)
  if (parsed.success) return new Map(Object.entries(parsed.data.keys))
  const aside = await setAside(file)
  log.warn(`The key file is damaged; it is ${aside === null ? 'left where it is' : `kept as ${basename(aside)}`}.`)
  return new Map()
}
