import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deprecated, strictObject } from './strict.ts'

export type StorageBackend = ReturnType<Electron.SafeStorage['getSelectedStorageBackend']>

/** What a test may set: which keyring the desktop has, and whether its answers say that the key has changed. */
export interface SafeStorageControl {
  backend: StorageBackend | 'unavailable'
  shouldReEncrypt: boolean
}

const prefix = Buffer.from('v11')

/** `safeStorage` with real encryption (AES-256-GCM); the key that a keyring would hold is a file in userData. */
export function makeSafeStorage(options: { isReady(): boolean, userData(): string }): { api: Pick<Electron.SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend' | 'setUsePlainTextEncryption'
  | 'isEncryptionAvailable' | 'encryptString' | 'decryptString'>, control: SafeStorageControl } {
  const control: SafeStorageControl = { backend: 'gnome_libsecret', shouldReEncrypt: false }
  let plainText = false
  const key = (): Buffer => {
    const file = join(options.userData(), 'stand-in-keyring')
    if (existsSync(file)) return readFileSync(file)
    const made = randomBytes(32)
    mkdirSync(options.userData(), { recursive: true })
    writeFileSync(file, made, { mode: 0o600 })
    return made
  }
  const available = (): boolean => options.isReady() && control.backend !== 'unavailable' && control.backend !== 'unknown'
    && (control.backend !== 'basic_text' || plainText)
  const refuse = (): void => {
    if (!options.isReady()) throw new Error('safeStorage cannot be used before the app is ready')
    if (!available()) throw new Error('Error while encrypting the text provided to safeStorage.encryptString. Encryption is not available.')
  }
  const api = strictObject('safeStorage', {
    isAsyncEncryptionAvailable: () => Promise.resolve(available()),
    getSelectedStorageBackend: () => !options.isReady() || control.backend === 'unavailable' ? 'unknown' as const : control.backend,
    setUsePlainTextEncryption: (use: boolean) => { plainText = use },
    async encryptStringAsync(text: string): Promise<Buffer> {
      await Promise.resolve()
      refuse()
      if (typeof text !== 'string') throw new TypeError('Error while encrypting the text provided to safeStorage.encryptStringAsync: a string is needed.')
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key(), iv)
      const body = Buffer.concat([cipher.update(Buffer.from(text, 'utf16le')), cipher.final()])
      return Buffer.concat([prefix, iv, cipher.getAuthTag(), body])
    },
    async decryptStringAsync(encrypted: Buffer): Promise<{ result: string, shouldReEncrypt: boolean }> {
      await Promise.resolve()
      refuse()
      if (!Buffer.isBuffer(encrypted)) throw new TypeError('Expected the first argument of decryptStringAsync() to be a buffer')
      if (encrypted.length < 31 || !encrypted.subarray(0, 3).equals(prefix)) {
        throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptStringAsync. Ciphertext does not appear to be encrypted.')
      }
      const decipher = createDecipheriv('aes-256-gcm', key(), encrypted.subarray(3, 15))
      decipher.setAuthTag(encrypted.subarray(15, 31))
      try {
        const body = Buffer.concat([decipher.update(encrypted.subarray(31)), decipher.final()])
        return { result: body.toString('utf16le'), shouldReEncrypt: control.shouldReEncrypt }
      } catch {
        throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptStringAsync.')
      }
    },
    isEncryptionAvailable: deprecated('safeStorage.isEncryptionAvailable', 'isAsyncEncryptionAvailable'),
    encryptString: deprecated('safeStorage.encryptString', 'encryptStringAsync'),
    decryptString: deprecated('safeStorage.decryptString', 'decryptStringAsync'),
  })
  return { api, control }
}
