/** Most entries of a memory that a server could fill; a real session needs a few at a time. */
const MAX_REMEMBERED = 100

/** Keeps a value under an id; beyond a hundred the oldest is forgotten. */
export function remember<Value>(memory: Map<string, Value>, id: string, value: Value): void {
  const oldest = memory.keys().next()
  if (memory.size >= MAX_REMEMBERED && !memory.has(id) && oldest.done !== true) memory.delete(oldest.value)
  memory.set(id, value)
}
