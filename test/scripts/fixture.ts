import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const COPIED = ['scripts', 'shared', 'package.json', 'package-lock.json', 'tsconfig.json', 'vite.main.config.ts', 'vite.preload.config.ts', 'vite.renderer.config.ts']

const PAGE = (script: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title></head><body><script type="module" src="/${script}"></script></body></html>\n`

/** A small app with one of everything that the build must get right. */
const APP: Record<string, string> = {
  'main/storage/history/worker.ts': `import { parentPort } from 'node:worker_threads'\nparentPort?.postMessage('ready')\n`,
  'main/index.ts': `import { app } from 'electron'\nimport { join } from 'node:path'\nimport WebSocket from 'ws'\nconsole.log(app.name, WebSocket.CLOSED, join(import.meta.dirname, 'practice-clips'))\nvoid import('./later.ts').then((m) => console.log(m.later))\n`,
  'main/later.ts': `export const later: string = 'later'\n`,
  'main/practice/clips/hello.txt': 'hello\n',
  'preload/app.ts': `import { contextBridge } from 'electron'\nimport { z } from 'zod'\ncontextBridge.exposeInMainWorld('app', { ok: z.string().safeParse('x').success, mode: process.env['NODE_ENV'] })\n`,
  'preload/sound.ts': `import { ipcRenderer } from 'electron'\nipcRenderer.send('ready')\n`,
  'renderer/index.html': PAGE('app.tsx'),
  'renderer/overlay.html': PAGE('overlay.ts'),
  'renderer/overlay.ts': `document.title = 'overlay'\n`,
  'renderer/sound.html': PAGE('sound.ts'),
  'renderer/app.tsx': `import { createRoot } from 'react-dom/client'\nimport '@fontsource-variable/inter/index.css'\nconst place = document.body\ncreateRoot(place).render(<p>hello</p>)\n`,
  'renderer/sound.ts': `import url from './tone.worklet.ts?worker&url'\nvoid new AudioContext().audioWorklet.addModule(url)\n`,
  'renderer/tone.worklet.ts': `import { twice } from './twice.ts'\nclass Tone extends AudioWorkletProcessor { process(): boolean { return twice(1) === 2 } }\nregisterProcessor('tone', Tone)\n`,
  'renderer/twice.ts': `export const twice = (n: number): number => n * 2\n`,
}

/** A copy of the repository's tools around a small app, in a folder of its own. */
export class FixtureRepository {
  readonly path = mkdtempSync(join(tmpdir(), 'parley-repo-'))

  /** @param options.installed with the repository's own packages; otherwise with none */
  constructor(options: { installed: boolean }) {
    for (const name of COPIED) cpSync(join(root, name), join(this.path, name), { recursive: true })
    for (const [name, text] of Object.entries(APP)) this.write(name, text)
    if (options.installed) {
      mkdirSync(join(this.path, 'node_modules'))
      // Not one link for the whole folder: the tools write their notes into it.
      cpSync(join(root, 'node_modules/.package-lock.json'), join(this.path, 'node_modules/.package-lock.json'))
      // Electron's command without a binary, even where the repository has one.
      for (const name of ['package.json', 'cli.js', 'index.js']) cpSync(join(root, 'node_modules/electron', name), join(this.path, 'node_modules/electron', name))
      this.link(...['vite', 'ws', 'zod', 'react', 'react-dom', 'scheduler', '@fontsource-variable', '@vitejs', `node-linux-${process.arch}`])
    }
  }

  /** Links packages of the repository. */
  link(...names: string[]): void {
    for (const name of names) symlinkSync(join(root, 'node_modules', name), join(this.path, 'node_modules', name))
  }

  write(name: string, text: string, mode = 0o644): void {
    const path = join(this.path, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, mode)
  }

  /** A folder for PATH that holds only these programs. */
  bin(programs: Record<string, string>): string {
    const folder = mkdtempSync(join(this.path, 'bin-'))
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, name), text)
      chmodSync(join(folder, name), 0o755)
    }
    return folder
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
