/** Chromium's net error numbers that loading a page can end with. */
const numbers: Record<string, number> = {
  ERR_FAILED: -2, ERR_ABORTED: -3, ERR_INVALID_ARGUMENT: -4, ERR_FILE_NOT_FOUND: -6, ERR_TIMED_OUT: -7, ERR_UNEXPECTED: -9,
  ERR_BLOCKED_BY_CLIENT: -20, ERR_BLOCKED_BY_RESPONSE: -27, ERR_CONNECTION_CLOSED: -100, ERR_CONNECTION_RESET: -101,
  ERR_CONNECTION_REFUSED: -102, ERR_NAME_NOT_RESOLVED: -105, ERR_INTERNET_DISCONNECTED: -106, ERR_ADDRESS_UNREACHABLE: -109,
  ERR_INVALID_URL: -300, ERR_UNKNOWN_URL_SCHEME: -302, ERR_EMPTY_RESPONSE: -324,
}

export function netErrorNumber(code: string): number { return numbers[code] ?? -2 }

/** What `loadURL` rejects with. */
export function loadError(code: string, url: string): Error {
  const errno = netErrorNumber(code)
  return Object.assign(new Error(`${code} (${errno}) loading '${url}'`), { errno, code, url })
}
