import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importedPackages, licenceFile, licenceProblems, shippedPackages, type Shipped } from '../../scripts/lib/licences.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const made = (values: Partial<Shipped>): Shipped => ({ name: 'thing', version: '1.0.0', licence: 'MIT', author: 'Somebody', text: 'the text', ...values })

describe('what comes along', () => {
  const shipped = shippedPackages(ROOT)

  it('is under licences that allow it', () => {
    expect(licenceProblems(shipped)).toEqual([])
  })

  it('is found: what our code names, what cannot be bundled, and what these need', () => {
    const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { dependencies: Record<string, string>; devDependencies: Record<string, string> }
    const names = shipped.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['@base-ui/react', '@floating-ui/dom', '@fontsource-variable/inter', 'node-gyp-build', 'react', 'scheduler', 'ws', 'zod', ...Object.keys(manifest.dependencies)]))
    for (const name of importedPackages(ROOT)) expect(manifest.devDependencies[name] ?? manifest.dependencies[name], `${name} is used but not in package.json`).toBeDefined()
    for (const name of ['vite', 'vitest', 'typescript', 'openai', 'electron-builder', 'argparse']) expect(names).not.toContain(name)
  })

  it('is named with its licence, and the library inside the key hook with both of its texts', () => {
    const file = licenceFile(ROOT, shipped)
    for (const { name, version, licence } of shipped) expect(file).toContain(`${name} ${version} (${licence})`)
    expect(file).toContain('libuiohook (LGPL-3.0-or-later)')
    expect(file).toContain('GNU LESSER GENERAL PUBLIC LICENSE')
    expect(file).toMatch(/GNU GENERAL PUBLIC LICENSE\s+Version 3/)
    expect(file).toContain('Copyright (c) Vladimir Krivosheev')
  })
})

describe('a package is refused', () => {
  it.each(['GPL-3.0', 'LGPL-3.0', 'AGPL-3.0-only', 'UNLICENSED', 'none', 'SEE LICENSE IN LICENSE', 'CC-BY-NC-4.0', 'OFL-1.1'])('under %s', (licence) => {
    expect(licenceProblems([made({ licence })])).toEqual([`thing 1.0.0 is under ${licence}, which may not come along: see scripts/lib/licences.mjs.`])
  })

  it('without the text of a licence that asks for it', () => {
    expect(licenceProblems([made({ licence: 'Apache-2.0', text: undefined })])).toEqual(['thing 1.0.0 (Apache-2.0) brings no text of its licence.'])
  })

  it('but not when it leaves the choice, nor when only MIT’s well-known text is missing', () => {
    expect(licenceProblems([made({ licence: '(MIT OR GPL-2.0)' }), made({ text: undefined }), made({ name: '@fontsource-variable/inter', licence: 'OFL-1.1' })])).toEqual([])
  })
})
