import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes that are still held after garbage collection, on the heap and in buffers. */
export async function retainedBytes(): Promise<number> {
  let least = Infinity
  // Buffers are given back a little later than the objects that held them.
  for (let round = 0; round < 5; round++) {
    collect()
    await setImmediate()
    const { heapUsed, external } = process.memoryUsage()
    least = Math.min(least, heapUsed + external)
  }
  return least
}
