/** The system as Node names it, as far as names of keys and sentences depend on it. */
export function platformName(): 'darwin' | 'win32' | 'linux' {
  const { userAgent } = navigator
  return /mac/i.test(userAgent) ? 'darwin' : /win/i.test(userAgent) ? 'win32' : 'linux'
}
