/** What the preload says beside the port: `window.postMessage({ parley: 'voice-port' }, location.origin, [port])`. */
const HANDOVER = 'voice-port'

/** The port in a message event, if it is the preload's handing over of the voice port; else null. */
export function portOf(event: MessageEvent<unknown>): MessagePort | null {
  if (event.source !== window || event.origin !== location.origin || event.ports.length !== 1) return null
  const { data } = event
  if (typeof data !== 'object' || data === null || !('parley' in data) || data.parley !== HANDOVER) return null
  return event.ports[0] ?? null
}

/** Waits for the voice port; whatever else comes is ignored, and so is a second port. */
export function receiveVoicePort(): Promise<MessagePort> {
  return new Promise((resolve) => {
    const listener = (event: MessageEvent<unknown>): void => {
      const port = portOf(event)
      if (!port) return
      window.removeEventListener('message', listener)
      resolve(port)
    }
    window.addEventListener('message', listener)
  })
}
