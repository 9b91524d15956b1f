import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeElectron, type System } from './fake-electron.ts'
import { allFiles, Asar, fuses, machine, plistTexts } from './packed.ts'

/** The archive's budget, bytes. To go beyond is a decision, with its reason in the commit. */
const ASAR_BYTES = 6_000_000

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string; main: string; devDependencies: Record<string, string> }

let folder: string
let said: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-package-'))
  for (const system of ['linux', 'darwin', 'win32'] as System[]) makeElectron(join(folder, 'electron', system), system, `v${manifest.devDependencies['electron'] ?? ''}`)
  // Where its arguments and the files that it is given end up.
  const fpm = join(folder, 'fpm.cjs')
  writeFileSync(
    fpm,
    `#!${process.execPath}
const { copyFileSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
const deb = args[args.indexOf('--package') + 1]
writeFileSync(deb, '')
writeFileSync(deb + '.json', JSON.stringify(args))
copyFileSync(args.find((arg) => arg.includes('.desktop=')).split('=')[0], deb + '.desktop')
copyFileSync(args[args.indexOf('--after-install') + 1], deb + '.after-install')
`,
    { mode: 0o755 },
  )
  const built = pack('dist', ['--linux', 'deb', '--mac', 'dir', '--win', 'dir', '--x64', '--arm64'])
  said = built.output
  expect(built.status, said).toBe(0)
}, 240_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs `npm run package` as it ships, but for a made-up Electron and a place of its own. */
function pack(output: string, args: string[], more: object = {}): { status: number | null; output: string } {
  const config = join(folder, `${output}.cjs`)
  // Nothing can be signed here, not even for this machine alone: that needs macOS.
  const values = { extends: join(ROOT, 'electron-builder.yml'), directories: { output: join(folder, output) }, electronFuses: { resetAdHocDarwinSignature: false }, mac: { identity: null }, ...more }
  writeFileSync(config, `module.exports = { ...${JSON.stringify(values)}, electronDist: ({ platformName }) => ${JSON.stringify(join(folder, 'electron'))} + '/' + platformName }`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/package.mjs'), '--config', config, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CUSTOM_FPM_PATH: join(folder, 'fpm.cjs') },
  })
  return { status, output: stdout + stderr }
}

const at = (...path: string[]): string => join(folder, 'dist', ...path)
const text = (...path: string[]): string => readFileSync(at(...path), 'utf8')

const APPS = [
  { name: 'Linux x64', resources: 'linux-unpacked/resources', program: 'linux-unpacked/parley', native: 'linux-x64' },
  { name: 'Linux arm64', resources: 'linux-arm64-unpacked/resources', program: 'linux-arm64-unpacked/parley', native: null },
  { name: 'macOS x64', resources: 'mac/Parley.app/Contents/Resources', program: 'mac/Parley.app/Contents/Frameworks/Electron Framework.framework/Electron Framework', native: 'darwin-x64' },
  { name: 'macOS arm64', resources: 'mac-arm64/Parley.app/Contents/Resources', program: 'mac-arm64/Parley.app/Contents/Frameworks/Electron Framework.framework/Electron Framework', native: 'darwin-arm64' },
  { name: 'Windows x64', resources: 'win-unpacked/resources', program: 'win-unpacked/Parley.exe', native: 'win32-x64' },
  { name: 'Windows arm64', resources: 'win-arm64-unpacked/resources', program: 'win-arm64-unpacked/Parley.exe', native: 'win32-arm64' },
]

const PACKAGES = ['builder-util-runtime', 'debug', 'electron-updater', 'fs-extra', 'graceful-fs', 'js-yaml', 'jsonfile', 'lazy-val', 'lodash.escaperegexp', 'lodash.isequal', 'ms', 'node-gyp-build', 'sax', 'semver', 'tiny-typed-emitter', 'uiohook-napi', 'universalify']

describe.each(APPS)('the app for $name', ({ resources, program, native }) => {
  const archive = (): Asar => new Asar(at(resources, 'app.asar'))

  it('holds what was built, the packages that cannot be bundled, and nothing else', () => {
    const { files } = archive()
    expect(new Set(files.map((file) => file.split('/')[0]))).toEqual(new Set(['node_modules', 'out', 'package.json']))
    expect(new Set(files.filter((file) => file.startsWith('out/')).map((file) => file.split('/')[1]))).toEqual(new Set(['main', 'preload', 'renderer']))
    expect([...new Set(files.filter((file) => file.startsWith('node_modules/')).map((file) => file.split('/')[1]))].sort()).toEqual(PACKAGES)
    expect(files.filter((file) => /\.(map|md|tsx?|c|h|cc|gyp|stamp|ya?ml|log)$|(^|\/)(test|tests|docs|\.[^/]*)\//i.test(file))).toEqual([])
    expect(files).toEqual(expect.arrayContaining([manifest.main, 'out/main/history-worker.cjs', 'out/preload/app.cjs', 'out/preload/sound.cjs', 'out/renderer/index.html', 'out/renderer/sound.html']))
  })

  it('holds the native library of its own processor, outside the archive, or none', () => {
    const packed = archive()
    const libraries = packed.files.filter((file) => file.endsWith('.node'))
    expect(libraries.map((file) => machine(packed.read(file)))).toEqual(native === null ? [] : [native])
    expect(packed.unpacked).toEqual(expect.arrayContaining(libraries))
    expect(new Set(packed.unpacked.map((file) => file.split('/')[1]))).toEqual(new Set(['node-gyp-build', 'uiohook-napi']))
  })

  it('has its fuses set', () => {
    // RunAsNode, CookieEncryption, NodeOptions, NodeCliInspect, AsarIntegrity, OnlyLoadAppFromAsar, BrowserSnapshot, FileProtocolPrivileges; the ninth stays as Electron has it.
    expect(fuses(at(program))).toEqual([false, true, false, false, true, true, false, false, true])
  })

  it('brings the licences of others, and its own', () => {
    expect(text(resources, 'LICENSE.txt')).toContain('MIT License')
    const others = text(resources, 'third-party-licences.txt')
    for (const name of ['react ', 'ws ', 'uiohook-napi ', 'libuiohook ', 'electron-updater ', '@fontsource-variable/inter ']) expect(others).toContain(`\n${name}`)
    for (const name of PACKAGES) expect(others).toContain(`\n${name} `)
  })

  it('looks for no updates', () => {
    expect(existsSync(at(resources, 'app-update.yml'))).toBe(false)
  })

  it(`is at most ${String(ASAR_BYTES / 1e6)} MB without Electron`, () => {
    const { size } = archive()
    console.log(`${resources}/app.asar: ${(size / 1e6).toFixed(2)} MB`)
    expect(size).toBeLessThanOrEqual(ASAR_BYTES)
    expect(size).toBeGreaterThan(1_000_000)
  })
})

describe('what is in the archive', () => {
  it('is enough for the talk key’s hook and the updater', () => {
    const packed = new Asar(at('linux-unpacked/resources/app.asar'))
    const place = join(folder, 'extracted')
    packed.extract(place)
    const require = createRequire(join(place, 'package.json'))
    expect(Object.keys(require('electron-updater') as object)).toEqual(expect.arrayContaining(['AppImageUpdater', 'DebUpdater', 'MacUpdater', 'NsisUpdater']))
    for (const updater of ['AppImageUpdater', 'DebUpdater', 'NsisUpdater', 'MacUpdater']) expect((require('electron-updater') as Record<string, unknown>)[updater]).toBeTypeOf('function')
    if (process.platform === 'linux' && process.arch === 'x64') {
      const loaded = spawnSync(process.execPath, ['-e', "process.stdout.write(typeof require('uiohook-napi').uIOhook.start)"], { cwd: place, encoding: 'utf8' })
      expect(loaded.stdout, loaded.stderr).toBe('function')
    }
  })

  it('names the app as the desktop knows it', () => {
    const inside = JSON.parse(new Asar(at('linux-unpacked/resources/app.asar')).read('package.json').toString()) as Record<string, unknown>
    expect(inside).toMatchObject({ name: 'parley', productName: 'Parley', version: manifest.version, main: manifest.main, desktopName: 'org.parley.Parley.desktop' })
    expect(inside).not.toHaveProperty('devDependencies')
  })
})

describe('on macOS', () => {
  it.each(['mac', 'mac-arm64'])('the app says who it is and why it wants the microphone (%s)', (app) => {
    const plist = plistTexts(at(app, 'Parley.app/Contents/Info.plist'))
    expect(plist).toMatchObject({
      CFBundleIdentifier: 'org.parley.Parley',
      CFBundleName: 'Parley',
      CFBundleExecutable: 'Parley',
      CFBundleShortVersionString: manifest.version,
      CFBundleURLName: 'Parley',
      LSApplicationCategoryType: 'public.app-category.productivity',
      LSMinimumSystemVersion: '13.0',
      NSMicrophoneUsageDescription: 'Parley listens while you hold the talk key or keep the line open, so that it can answer what you say.',
    })
    expect(text(app, 'Parley.app/Contents/Info.plist')).toMatch(/<key>CFBundleURLSchemes<\/key>\s*<array>\s*<string>parley<\/string>\s*<\/array>/)
    expect(plist['hash']).toBe(new Asar(at(app, 'Parley.app/Contents/Resources/app.asar')).integrity)
  })

  it('and says it in both languages', () => {
    const strings = (language: string): string[] =>
      [...text('mac-arm64/Parley.app/Contents/Resources', `${language}.lproj`, 'InfoPlist.strings').matchAll(/^(\w+) = "(.+)";$/gm)].map(([, key = '', value = '']) => `${key} ${value}`)
    const { NSMicrophoneUsageDescription = '', NSLocalNetworkUsageDescription = '' } = plistTexts(at('mac/Parley.app/Contents/Info.plist'))
    expect(strings('en')).toEqual([`NSMicrophoneUsageDescription ${NSMicrophoneUsageDescription}`, `NSLocalNetworkUsageDescription ${NSLocalNetworkUsageDescription}`])
    expect(strings('de').map((line) => line.split(' ')[0])).toEqual(['NSMicrophoneUsageDescription', 'NSLocalNetworkUsageDescription'])
  })

  it('has its icon', () => {
    expect(readFileSync(at('mac/Parley.app/Contents/Resources/icon.icns'))).toEqual(readFileSync(join(ROOT, 'build/icon.icns')))
  })

  it('has the rights it needs and no more', () => {
    const rights = (name: string): string[] => [...readFileSync(join(ROOT, `build/entitlements.${name}.plist`), 'utf8').matchAll(/<key>([^<]+)<\/key>\s*<true\/>/g)].map(([, key = '']) => key.replace('com.apple.security.', ''))
    expect(rights('mac')).toEqual(['cs.allow-jit', 'device.audio-input'])
    expect(rights('mac.inherit')).toEqual(rights('mac'))
    expect(rights('adhoc')).toEqual([...rights('mac'), 'cs.disable-library-validation'])
  })
})

describe('on Windows', () => {
  it.each(['win-unpacked', 'win-arm64-unpacked'])('the program carries its name and the archive’s seal (%s)', (app) => {
    const program = readFileSync(at(app, 'Parley.exe'))
    expect(program.includes(new Asar(at(app, 'resources/app.asar')).integrity)).toBe(true)
    for (const word of ['FileDescription\0', 'Parley', manifest.version]) expect(program.includes(Buffer.from(word, 'utf16le')), word).toBe(true)
    expect(program.includes(Buffer.from('Electron', 'utf16le'))).toBe(false)
  })
})

describe('on Debian', () => {
  const args = (arch: string): string[] => JSON.parse(text(`Parley-${manifest.version}-linux-${arch}.deb.json`)) as string[]
  const after = (all: string[], flag: string): string[] => all.flatMap((arg, i) => (all[i - 1] === flag ? [arg] : []))

  it.each(['amd64', 'arm64'])('the package asks for what Parley needs (%s)', (arch) => {
    const all = args(arch)
    expect(after(all, '--architecture')).toEqual([arch])
    expect(after(all, '-d')).toEqual(expect.arrayContaining(['libgtk-3-0', 'libnss3', 'libsecret-1-0', 'libasound2', 'xdg-utils', 'libx11-6', 'libxtst6', 'libxrandr2', 'libxt6']))
    expect(after(all, '--deb-recommends')).toEqual(['libayatana-appindicator3-1'])
    expect([after(all, '--name'), after(all, '--version'), after(all, '--license')]).toEqual([['parley'], [manifest.version], ['MIT']])
    expect(after(all, '--maintainer')[0]).toMatch(/^.+ <.+@.+>$/)
    expect(all.some((arg) => arg.endsWith('-unpacked/=/opt/Parley'))).toBe(true)
    for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) expect(all).toContain(`${join(ROOT, `build/icons/${String(size)}x${String(size)}.png`)}=/usr/share/icons/hicolor/${String(size)}x${String(size)}/apps/parley.png`)
    expect(all.some((arg) => arg.endsWith('.desktop=/usr/share/applications/org.parley.Parley.desktop'))).toBe(true)
  })

  it('the hook finds the libraries that it is linked with', () => {
    const packages: Record<string, string> = { 'libX11.so.6': 'libx11-6', 'libXrandr.so.2': 'libxrandr2', 'libXtst.so.6': 'libxtst6', 'libXt.so.6': 'libxt6' }
    const library = new Asar(at('linux-unpacked/resources/app.asar')).read('node_modules/uiohook-napi/prebuilds/linux-x64/uiohook-napi.node').toString('latin1')
    const needed = [...new Set(library.match(/libX\w*\.so\.\d/g))]
    expect(needed.sort()).toEqual(Object.keys(packages).sort())
    expect(after(args('amd64'), '-d')).toEqual(expect.arrayContaining(needed.map((name) => packages[name])))
  })

  it('the desktop knows the app by one name everywhere', () => {
    const entry = Object.fromEntries(text(`Parley-${manifest.version}-linux-amd64.deb.desktop`).split('\n').filter((line) => line.includes('=')).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]))
    expect(entry).toMatchObject({
      Name: 'Parley',
      Exec: '/opt/Parley/parley %U',
      Icon: 'parley',
      Terminal: 'false',
      Type: 'Application',
      StartupWMClass: 'org.parley.Parley',
      MimeType: 'x-scheme-handler/parley;',
      Categories: 'Utility;AudioVideo;Audio;',
      Keywords: 'voice;speech;assistant;talk;dictation;',
    })
  })

  it('the commands of the talk key are on the PATH, and the sandbox works', () => {
    const script = text(`Parley-${manifest.version}-linux-amd64.deb.after-install`)
    expect(script).toContain("'/usr/bin/parley'")
    expect(script).toContain("chmod 4755 '/opt/Parley/chrome-sandbox'")
  })
})

describe('the configuration', () => {
  it('names every fuse that it can, and the Electron that is tested', () => {
    const yml = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')
    const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
    const schema = JSON.parse(readFileSync(require.resolve('app-builder-lib/scheme.json'), 'utf8')) as { definitions: Record<string, { properties: object }> }
    const known = Object.keys(schema.definitions['FuseOptionsV1']?.properties ?? {})
    expect(known).toHaveLength(9)
    for (const fuse of known) expect(yml).toMatch(new RegExp(`^  ${fuse}: (true|false)$`, 'm'))
    expect(yml).toContain(`\nelectronVersion: ${manifest.devDependencies['electron'] ?? ''}\n`)
  })

  it('is refused when it says something that nobody knows', () => {
    const { status, output } = pack('refused', ['--linux', 'dir', '--x64'], { linux: { bogus: 1 } })
    expect(status).toBe(1)
    expect(output).toMatch(/Invalid configuration object[^]*- configuration\.linux should be one of these/)
  })

  it('switches updates on with a place to get them from', () => {
    const { status, output } = pack('updates', ['--linux', 'deb', '--x64'], { publish: { provider: 'generic', url: 'https://updates.example' } })
    expect(status, output).toBe(0)
    expect(readFileSync(join(folder, 'updates/linux-unpacked/resources/app-update.yml'), 'utf8')).toMatch(/provider: generic\nurl: https:\/\/updates\.example\n/)
  })

  it('lets nothing out that a package has no business with', () => {
    const words = /OPENAI_API_KEY=|sk-[A-Za-z0-9]{20}|\/home\/|\/root\//
    for (const file of allFiles(at('linux-unpacked')).filter((path) => !path.endsWith('app.asar'))) expect(words.test(readFileSync(file, 'latin1')), file).toBe(false)
    const packed = new Asar(at('linux-unpacked/resources/app.asar'))
    for (const file of packed.files.filter((path) => path.startsWith('out/') && /\.(c?js|html|json)$/.test(path))) expect(words.test(packed.read(file).toString('latin1')), file).toBe(false)
  })
})
