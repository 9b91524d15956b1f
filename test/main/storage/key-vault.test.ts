import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SafeStorage } from 'electron'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCipher, type AsyncSafeStorage } from '../../../main/desktop/safe-storage.ts'
import { SecretKey } from '../../../main/realtime/secret-key.ts'
import { KeyVault, type Cipher } from '../../../main/storage/key-vault.ts'
import { FailureError } from '../../../shared/failure.ts'
import { memoryLog, strict } from '../desktop/fakes.ts'

const OPENAI = 'wss://api.openai.com'
const OTHER = 'wss://other.example'
const KEY = 'sk-marker-0123456789'
const key = (value = KEY, origin = OPENAI) => new SecretKey(value, origin)

/** A real cipher with a key that can change, be locked away or turn out to be none. */
class TestCipher implements Cipher {
  secret = randomBytes(32)
  name = 'gnome_libsecret'
  available = true
  locked = false
  rotated = false
  plain = false
  calls = 0
  /** Whether it obfuscates at all; some systems want to be told first. */
  obfuscates = true

  isAvailable(): Promise<boolean> {
    return Promise.resolve(this.available && (this.name !== 'basic_text' || this.obfuscates))
  }
  backend(): string {
    return this.name
  }
  allowObfuscation(): void {
    this.obfuscates = true
  }
  async encrypt(text: string): Promise<Uint8Array> {
    this.calls++
    if (this.locked) throw new Error('locked')
    if (this.plain) return new TextEncoder().encode(text)
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.secret, iv)
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    this.rotated = false
    return Buffer.concat([iv, cipher.getAuthTag(), body])
  }
  async decrypt(bytes: Uint8Array): Promise<{ text: string; shouldReEncrypt: boolean }> {
    this.calls++
    if (this.locked) throw new Error('locked')
    if (this.plain) return { text: new TextDecoder().decode(bytes), shouldReEncrypt: false }
    const decipher = createDecipheriv('aes-256-gcm', this.secret, bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    return { text, shouldReEncrypt: this.rotated }
  }
}

let folder: string
let file: string
let cipher: TestCipher
let log: ReturnType<typeof memoryLog>
const open = (environment: SecretKey | null = null) => KeyVault.open({ file, cipher, log, environment })
const lent = (vault: KeyVault, origin = OPENAI) => vault.withKey(origin, (k) => k.withKey((v) => v))
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (e: unknown) => (e instanceof FailureError ? e.failure.code : String(e)),
  )

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-keys-'))
  file = join(folder, 'keys.json')
  cipher = new TestCipher()
  log = memoryLog()
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('a stored key', () => {
  it('is there again after a restart, encrypted, for its owner alone', async () => {
    expect(await (await open()).set(key())).toBe('stored')
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain('marker')
    expect(text).not.toContain(Buffer.from(KEY).toString('base64').slice(0, 12))
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    const again = await open()
    expect(again.status(OPENAI)).toEqual({
      present: true,
      source: 'stored',
      origin: OPENAI,
      backend: 'GNOME Keyring',
      backendVerified: false,
      unprotected: false,
    })
    expect(await lent(again)).toBe(KEY)
    // Decrypting it proved the backend.
    expect(again.status(OPENAI).backendVerified).toBe(true)
  })

  it('is never lent for another origin', async () => {
    const vault = await open()
    await vault.set(key())
    for (const origin of [OTHER, 'ws://api.openai.com', 'wss://api.openai.com:444', '', '__proto__', 'constructor']) {
      expect(await code(lent(vault, origin))).toBe('no_key')
      expect(vault.status(origin)).toMatchObject({ present: false, source: 'none', origin: '' })
    }
  })

  it('lives beside the keys of other origins', async () => {
    const vault = await open()
    await Promise.all([vault.set(key()), vault.set(key('other-key-123', OTHER)), vault.set(key('later-key-456', OTHER))])
    const again = await open()
    expect([await lent(again), await lent(again, OTHER)]).toEqual([KEY, 'later-key-456'])
    await again.forget(OTHER)
    const last = await open()
    expect([await lent(last), await code(lent(last, OTHER))]).toEqual([KEY, 'no_key'])
  })

  it('that cannot be decrypted is kept, and said', async () => {
    await (await open()).set(key())
    const before = await readFile(file, 'utf8')
    cipher.locked = true
    const vault = await open()
    expect(await code(lent(vault))).toBe('key_unreadable')
    expect(vault.status(OPENAI)).toMatchObject({ present: false, source: 'stored', backendVerified: false })
    expect(await readFile(file, 'utf8')).toBe(before)
    expect(log.lines.join()).not.toContain('ciphertext')
    cipher.locked = false
    expect(await lent(vault)).toBe(KEY)
    expect(vault.status(OPENAI)).toMatchObject({ present: true, backendVerified: true })
  })

  it('is encrypted anew when the system changed its own key', async () => {
    await (await open()).set(key())
    const before = await readFile(file, 'utf8')
    cipher.rotated = true
    const vault = await open()
    expect(await lent(vault)).toBe(KEY)
    await vault.idle()
    expect(await readFile(file, 'utf8')).not.toBe(before)
    expect(await lent(await open())).toBe(KEY)
  })

  it('stays as it was when encrypting anew fails', async () => {
    await (await open()).set(key())
    const before = await readFile(file, 'utf8')
    cipher.rotated = true
    cipher.encrypt = () => Promise.reject(new Error('no'))
    const vault = await open()
    expect(await lent(vault)).toBe(KEY)
    await vault.idle()
    expect(await readFile(file, 'utf8')).toBe(before)
  })

  it('is told to the log before it is used', async () => {
    await (await open()).set(key())
    const told: string[] = []
    const vault = await KeyVault.open({ file, cipher, log, onKey: (k) => told.push(k.withKey((v) => v)) })
    await vault.withKey(OPENAI, () => expect(told).toEqual([KEY]))
  })
})

describe('where there is no safe place', () => {
  const cases: [string, () => void][] = [
    ['none is offered', () => (cipher.available = false)],
    ['it only obfuscates', () => (cipher.name = 'basic_text')],
    ['nobody knows what it is', () => (cipher.name = 'unknown')],
    ['it refuses', () => (cipher.locked = true)],
    ['it does not encrypt', () => (cipher.plain = true)],
    ['it gives something else back', () => (cipher.decrypt = () => Promise.resolve({ text: 'x', shouldReEncrypt: false }))],
  ]
  it.each(cases)('because %s, the key lives for this run', async (_why, arrange) => {
    arrange()
    const vault = await open()
    expect(await vault.set(key())).toBe('session')
    expect(vault.status(OPENAI)).toMatchObject({ present: true, source: 'session', backendVerified: false })
    expect(await lent(vault)).toBe(KEY)
    expect(await readdir(folder)).toEqual([])
    expect(await code(lent(await open()))).toBe('no_key')
  })

  it('the person may consent to obfuscation, but not to plain text', async () => {
    cipher.name = 'basic_text'
    expect(await (await open()).set(key(), { consent: true })).toBe('stored')
    expect((await open()).status(OPENAI)).toMatchObject({ source: 'stored', backend: '' })
    cipher.plain = true
    expect(await (await open()).set(key(), { consent: true })).toBe('session')
  })

  it('what is kept for this run is stored when the person consents, is known as such, and can be taken back', async () => {
    cipher.name = 'basic_text'
    cipher.obfuscates = false
    const vault = await open()
    await vault.set(key())
    expect(vault.status(OPENAI)).toMatchObject({ source: 'session', unprotected: true })
    await vault.storeUnprotected(OPENAI)
    expect(vault.status(OPENAI)).toMatchObject({ source: 'stored', unprotected: true, backend: '' })
    cipher.obfuscates = false // as after a restart
    const again = await open()
    expect([await lent(again), again.status(OPENAI).unprotected]).toEqual([KEY, true])
    await again.forget(OPENAI)
    expect(await code(lent(await open()))).toBe('no_key')
    // Consent was for that key: the next one needs it anew.
    expect(await again.set(key('sk-next-0123456789'))).toBe('session')
  })

  it('consent stores nothing that was not given, and what still cannot be stored is said', async () => {
    cipher.name = 'basic_text'
    const vault = await open()
    await vault.storeUnprotected(OPENAI)
    expect([vault.status(OPENAI).source, await readdir(folder)]).toEqual(['none', []])
    await vault.set(key())
    cipher.plain = true
    expect(await code(vault.storeUnprotected(OPENAI))).toBe('storage_unavailable')
    expect(vault.status(OPENAI)).toMatchObject({ source: 'session', present: true })
  })

  it('consent to obfuscation is not found in a key that was stored safely', async () => {
    await (await open()).set(key())
    const before = await readFile(file, 'utf8')
    cipher.rotated = true
    const vault = await open()
    cipher.name = 'basic_text'
    expect(await lent(vault)).toBe(KEY)
    await vault.idle()
    expect(await readFile(file, 'utf8')).toBe(before)
  })

  it('an older stored key does not come back in the next run', async () => {
    await (await open()).set(key('sk-older-0123456789'))
    cipher.available = false
    const vault = await open()
    await vault.set(key())
    expect(await lent(vault)).toBe(KEY)
    cipher.available = true
    expect(await code(lent(await open()))).toBe('no_key')
  })

  it('because the disk refuses, the key lives for this run', async () => {
    const vault = await KeyVault.open({ file: '/dev/null/keys.json', cipher, log })
    expect(await vault.set(key())).toBe('session')
    expect(await lent(vault)).toBe(KEY)
  })
})

describe('the key of the environment', () => {
  it('beats a stored one of its origin and leaves it alone', async () => {
    await (await open()).set(key())
    const vault = await open(key('sk-environment-1'))
    expect(vault.status(OPENAI)).toMatchObject({ present: true, source: 'environment' })
    expect(await lent(vault)).toBe('sk-environment-1')
    expect(await lent(await open())).toBe(KEY)
  })

  it('serves no other origin', async () => {
    const vault = await open(key('sk-environment-1', OTHER))
    expect(await code(lent(vault))).toBe('no_key')
    expect(await lent(vault, OTHER)).toBe('sk-environment-1')
  })

  it('that is bound to no origin serves none', async () => {
    const vault = await open(key('sk-environment-1', ''))
    for (const origin of ['', OPENAI]) {
      expect(await code(lent(vault, origin))).toBe('no_key')
      expect(vault.status(origin)).toMatchObject({ present: false, source: 'none' })
    }
  })

  it('is not Parley’s to forget', async () => {
    const vault = await open(key('sk-environment-1'))
    await vault.forget(OPENAI)
    expect(vault.status(OPENAI).source).toBe('environment')
  })
})

describe('the file', () => {
  it.each(['', '{', '[]', '{"version":1}', '{"version":1,"keys":{"wss://a":{"ciphertext":"*","backend":"x"}}}'])(
    'is set aside when it is damaged: %j',
    async (text) => {
      await writeFile(file, text)
      const vault = await open()
      expect(await code(lent(vault))).toBe('no_key')
      expect(await readdir(folder)).toEqual(['keys.damaged-1.json'])
    },
  )

  it('that cannot be changed keeps a key from being forgotten, and that is said', async () => {
    await (await open()).set(key())
    const vault = await open()
    await rm(folder, { recursive: true })
    await writeFile(folder, '')
    expect(await code(vault.forget(OPENAI))).toBe('settings_unwritable')
  })
})

describe('Electron’s safe storage', () => {
  const storage = (parts: Partial<SafeStorage>) => strict<AsyncSafeStorage>('safeStorage', parts)

  it('is used through its asynchronous methods, with exact bytes', async () => {
    const made = createCipher(
      storage({
        isAsyncEncryptionAvailable: () => Promise.resolve(true),
        encryptStringAsync: (text) => Promise.resolve(Buffer.from(`v10${text}`)),
        decryptStringAsync: (bytes) => {
          if (!Buffer.isBuffer(bytes)) throw new Error('not a Buffer')
          return Promise.resolve({ result: bytes.toString().slice(3), shouldReEncrypt: true })
        },
        getSelectedStorageBackend: () => 'kwallet6',
      }),
      'linux',
    )
    const bytes = await made.encrypt('abc')
    expect(Buffer.isBuffer(bytes)).toBe(false)
    expect(bytes.buffer.byteLength).toBe(6)
    expect(await made.decrypt(bytes)).toEqual({ text: 'abc', shouldReEncrypt: true })
    expect([await made.isAvailable(), made.backend()]).toEqual([true, 'kwallet6'])
  })

  it('is named by the system where Electron cannot name it', () => {
    // No getSelectedStorageBackend here: it exists on Linux alone. Nor is there obfuscation to allow.
    createCipher(storage({}), 'darwin').allowObfuscation()
    expect(createCipher(storage({}), 'darwin').backend()).toBe('keychain')
    expect(createCipher(storage({}), 'win32').backend()).toBe('dpapi')
  })
})
