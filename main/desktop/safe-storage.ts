import type { SafeStorage } from 'electron'
import type { Cipher } from '../storage/key-vault.ts'

/** What of Electron's safe storage is used: the asynchronous methods (the others are deprecated). */
export type AsyncSafeStorage = Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend' | 'setUsePlainTextEncryption'
>

/** The system's safe storage for the key vault. Works only after Electron's `ready`. */
export function createCipher(safeStorage: AsyncSafeStorage, platform: NodeJS.Platform = process.platform): Cipher {
  return {
    isAvailable: () => safeStorage.isAsyncEncryptionAvailable(),
    backend() {
      if (platform === 'darwin') return 'keychain'
      if (platform === 'win32') return 'dpapi'
      return safeStorage.getSelectedStorageBackend()
    },
    allowObfuscation() {
      if (platform === 'linux') safeStorage.setUsePlainTextEncryption(true)
    },
    encrypt: async (text) => new Uint8Array(await safeStorage.encryptStringAsync(text)),
    async decrypt(bytes) {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(bytes))
      return { text: result, shouldReEncrypt }
    },
  }
}
