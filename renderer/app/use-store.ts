import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Failure } from '../../shared/failure.ts'
import type { AppState } from '../../shared/state.ts'
import type { AppStore, Phase, Problem } from './store.ts'

/** Hands the store of this window to its components. */
export const StoreContext = createContext<AppStore | null>(null)

/** The store itself, for what a component does. */
export function useStore(): AppStore {
  const store = useContext(StoreContext)
  if (store === null) throw new Error('no store above this component')
  return store
}

/** One part of the state, for what a component shows. `select` must return a part, not something new. */
export function useApp<T>(select: (state: AppState) => T): T {
  const store = useStore()
  return useSyncExternalStore(store.subscribe, () => select(store.state))
}

/** Whether the state has arrived; stays the same while the state itself changes, so that a patch does not wake the whole window. */
export function usePhase(): Phase['name'] {
  const store = useStore()
  return useSyncExternalStore(store.subscribe, () => store.phase.name)
}

/** Why the state could not be had; null while it can. */
export function useUnreachable(): Failure | null {
  const store = useStore()
  return useSyncExternalStore(store.subscribe, () => (store.phase.name === 'unreachable' ? store.phase.failure : null))
}

/** Why this window's last request did not work. */
export function useProblem(): Problem | null {
  const store = useStore()
  return useSyncExternalStore(store.subscribe, () => store.problem)
}
