/** What an address that is being typed amounts to. */
export type Address =
  | { name: 'unclear' }
  /** `insecure`: ws:// to another computer; a key sent there could be read on the way. */
  | { name: 'clear'; host: string; origin: string; insecure: boolean }

/** Reads an address as it is typed. */
export function readAddress(text: string): Address {
  const url = URL.parse(text.trim())
  if (url === null || url.hostname === '') return { name: 'unclear' }
  return {
    name: 'clear',
    host: url.host,
    origin: `${url.protocol}//${url.host}`,
    insecure: (url.protocol === 'ws:' || url.protocol === 'http:') && !isLoopback(url.hostname),
  }
}

/** This computer itself, as a URL names it. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^127(\.\d{1,3}){3}$/.test(host) || host === '[::1]'
}
