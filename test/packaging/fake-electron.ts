import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** What precedes the fuses in every Electron binary. */
export const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
/** Wire version 1, nine fuses, as Electron 45 is delivered. */
const WIRE = Buffer.concat([Buffer.from(SENTINEL), Buffer.from([1, 9]), Buffer.from('101100011')])

export type System = 'linux' | 'darwin' | 'win32'

/**
 * Makes a folder that electron-builder takes for an unpacked Electron: the right names, and binaries
 * that do nothing but carry the fuses.
 */
export function makeElectron(folder: string, system: System, version: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'version'), version)
  writeFileSync(join(folder, 'LICENSE'), 'Electron')
  writeFileSync(join(folder, 'LICENSES.chromium.html'), '<title>Chromium</title>')
  if (system === 'darwin') {
    makeMacApp(join(folder, 'Electron.app'))
    return
  }
  for (const name of ['resources', 'locales']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'resources.pak'), '')
  writeFileSync(join(folder, 'locales/en-US.pak'), '')
  if (system === 'linux') {
    copyFileSync('/bin/true', join(folder, 'electron'))
    writeFileSync(join(folder, 'electron'), WIRE, { flag: 'a' })
    writeFileSync(join(folder, 'chrome-sandbox'), '')
  } else {
    writeFileSync(join(folder, 'electron.exe'), windowsProgram())
  }
}

/** What is used of `resedit`, which electron-builder brings along. */
interface ResEdit {
  NtExecutable: { createEmpty(is32Bit: boolean, isDLL: boolean): { generate(): ArrayBuffer } }
  NtExecutableResource: { from(program: unknown): { entries: unknown[]; outputResource(program: unknown): void } }
  Resource: {
    VersionInfo: { createEmpty(): { lang: number; setFileVersion(...version: number[]): void; setStringValues(language: object, values: Record<string, string>): void; outputToResourceEntries(entries: unknown[]): void } }
  }
}

/** A program without code but with a version, which the packager edits; the fuses stand behind it. */
function windowsProgram(): Buffer {
  const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
  const { NtExecutable, NtExecutableResource, Resource } = createRequire(require.resolve('app-builder-lib'))('resedit') as ResEdit
  const program = NtExecutable.createEmpty(false, false)
  const resources = NtExecutableResource.from(program)
  const version = Resource.VersionInfo.createEmpty()
  version.lang = 1033
  version.setFileVersion(45, 3, 4, 0)
  version.setStringValues({ lang: 1033, codepage: 1200 }, { FileDescription: 'Electron', ProductName: 'Electron', OriginalFilename: 'electron.exe' })
  version.outputToResourceEntries(resources.entries)
  resources.outputResource(program)
  return Buffer.concat([Buffer.from(program.generate()), WIRE])
}

const plist = (values: Record<string, string>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0"><dict>${Object.entries(
    values,
  )
    .map(([key, value]) => `<key>${key}</key><string>${value}</string>`)
    .join('')}</dict></plist>\n`

function makeMacApp(app: string): void {
  const contents = join(app, 'Contents')
  const bundle = (folder: string, name: string): void => {
    mkdirSync(join(folder, 'Contents/MacOS'), { recursive: true })
    writeFileSync(join(folder, 'Contents/MacOS', name), 'program', { mode: 0o755 })
    writeFileSync(
      join(folder, 'Contents/Info.plist'),
      plist({ CFBundleExecutable: name, CFBundleIdentifier: 'com.github.Electron', CFBundleName: name, CFBundlePackageType: 'APPL', NSMicrophoneUsageDescription: 'This app needs access to the microphone' }),
    )
  }
  bundle(app, 'Electron')
  for (const kind of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) bundle(join(contents, `Frameworks/Electron Helper${kind}.app`), `Electron Helper${kind}`)
  mkdirSync(join(contents, 'Resources/en.lproj'), { recursive: true })
  writeFileSync(join(contents, 'Resources/electron.icns'), '')
  const framework = join(contents, 'Frameworks/Electron Framework.framework')
  mkdirSync(join(framework, 'Resources'), { recursive: true })
  writeFileSync(join(framework, 'Electron Framework'), Buffer.concat([Buffer.alloc(64), WIRE, Buffer.alloc(64)]))
}
