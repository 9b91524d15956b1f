// Takes pictures:
//   node test/renderer/app/harness/shots.ts FOLDER [NAME-PART]        of every scene, into a folder, to look at
//   node test/renderer/app/harness/shots.ts --baselines [NAME-PART]   of those that the tests compare, anew: look at each before it is accepted
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodePng, encodePng } from '../../../stand-in/src/png.ts'
import { baselines, FOLDER } from './baselines.ts'
import { Camera } from './camera.ts'
import { shots } from './shot-list.ts'

const [first = 'shots', part = ''] = process.argv.slice(2)
const accepting = first === '--baselines'
const folder = accepting ? FOLDER : first
if (accepting && part === '') await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
let name = ''
const camera = await Camera.start((line) => console.log(name, line))
try {
  for (const shot of (accepting ? baselines : shots).filter((s) => new RegExp(part).test(s.name))) {
    name = shot.name
    const picture = await camera.take(shot)
    const pixels = accepting ? decodePng(picture) : null
    // The engine writes in haste; the same pixels take less room.
    const small = pixels === null ? picture : encodePng(pixels)
    await writeFile(join(folder, `${name}.png`), small.length < picture.length ? small : picture)
  }
  if (accepting) await writeFile(join(folder, 'looks.json'), `${JSON.stringify(await camera.looks(), null, 2)}\n`)
} finally {
  await camera.stop()
}
