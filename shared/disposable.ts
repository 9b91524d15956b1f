/** Something set up that can be undone. `dispose` is idempotent and never throws. */
export interface Disposable {
  dispose(): void
}

/** Joins several disposables into one that undoes them in reverse order. */
export function disposeAll(parts: readonly Disposable[]): Disposable {
  let left: readonly Disposable[] = parts
  return {
    dispose() {
      const now = left
      left = []
      for (const part of now.toReversed()) part.dispose()
    },
  }
}
