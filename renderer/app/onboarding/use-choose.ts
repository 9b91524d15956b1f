import { useRef, useState } from 'react'
import type { Failure } from '../../../shared/failure.ts'
import type { EndpointChoice } from '../../../shared/ipc.ts'
import { useStore } from '../use-store.ts'

/** How far the live check of an endpoint has come. */
export type Check = { name: 'idle' } | { name: 'checking'; host: string } | { name: 'works' } | { name: 'failed'; failure: Failure }

/** Runs the live check, one at a time; the answer to an older one is ignored. */
export function useChoose(): { check: Check; choose: (choice: EndpointChoice, host: string) => Promise<boolean> } {
  const store = useStore()
  const [check, setCheck] = useState<Check>({ name: 'idle' })
  const attempt = useRef(0)

  async function choose(choice: EndpointChoice, host: string): Promise<boolean> {
    const mine = ++attempt.current
    setCheck({ name: 'checking', host })
    const failure = await store.try('endpoint.choose', choice)
    if (mine !== attempt.current) return false
    setCheck(failure === null ? { name: 'works' } : { name: 'failed', failure })
    return failure === null
  }
  return { check, choose }
}
