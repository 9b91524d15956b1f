import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesBelow } from './stamp.mjs'

/**
 * A package that comes along in Parley's own.
 * @typedef {{name: string, version: string, licence: string, author: string, text: string | undefined}} Shipped
 */

/** What may come along: licences that ask for no more than being named, and MPL, which binds only its own files. */
export const ALLOWED = new Set(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'ISC', 'MPL-2.0', 'BlueOak-1.0.0'])

/** Packages under another licence, each with why it may come along all the same. @type {Record<string, string>} */
export const EXCEPTIONS = {
  '@fontsource-variable/inter': 'OFL-1.1',
  '@fontsource-variable/jetbrains-mono': 'OFL-1.1',
  '@fontsource-variable/source-serif-4': 'OFL-1.1',
}

/** Left out by `files` in electron-builder.yml: only the command line of js-yaml needs it. */
const LEFT_OUT = new Set(['argparse'])

/** What a package holds that its own licence does not name. @type {Record<string, {name: string, licence: string, note: string, texts: string[]}>} */
const INSIDE = {
  'uiohook-napi': {
    name: 'libuiohook',
    licence: 'LGPL-3.0-or-later',
    note:
      'Copyright (C) 2006-2023 Alexander Barker. Inside uiohook-napi, a library of its own (uiohook-napi.node)\n' +
      'that may be replaced by another build of it; its source is at https://github.com/SnosMe/uiohook-napi.',
    texts: ['build/licences/LGPL-3.0.txt', 'build/licences/GPL-3.0.txt'],
  },
}

/**
 * The packages that our own code names, without Node's and Electron's.
 * @param {string} root
 * @returns {string[]}
 */
export function importedPackages(root) {
  const found = new Set()
  for (const folder of ['main', 'preload', 'renderer', 'shared']) {
    for (const file of filesBelow(join(root, folder))) {
      const pattern = /\.tsx?$/.test(file)
        ? /(?:^|[^.\w])(?:from|import)\s*\(?\s*'([^'.][^']*)'/g
        : /\.css$/.test(file) ? /@import\s+(?:url\()?['"]([^'".][^'"]*)['"]|url\(['"]?(@[^'")]+)/g : undefined
      if (pattern === undefined) continue
      for (const [, one, two] of readFileSync(file, 'utf8').matchAll(pattern)) {
        const specifier = one ?? two ?? ''
        if (/^(node:|electron(\/|$)|\/|vite\/|data:)/.test(specifier)) continue
        found.add(specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/'))
      }
    }
  }
  return [...found].sort()
}

/**
 * Everything that comes along: what our code names, what package.json ships as it is, and what these need.
 * That is a little more than the bundler keeps.
 * @param {string} root
 * @param {(sentence: string) => void} [missing] told of a package that is not installed; throws it unless given
 * @returns {Shipped[]} sorted by name
 */
export function shippedPackages(root, missing = refuse) {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  /** @type {Map<string, Shipped>} */
  const found = new Map()
  const open = [...importedPackages(root), ...Object.keys(own.dependencies ?? {})].map((name) => ({ name, from: root }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { name, from } = next
    if (LEFT_OUT.has(name)) continue
    const folder = find(name, from)
    if (folder === undefined) {
      missing(`${name} is needed by ${from} and not installed`)
      continue
    }
    if (found.has(folder)) continue
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    found.set(folder, {
      name,
      version: manifest.version,
      licence: String(manifest.license?.type ?? manifest.license ?? 'none'),
      author: String(manifest.author?.name ?? manifest.author ?? `the authors of ${name}`).replace(/\s*[<(].*$/, ''),
      text: licenceText(folder),
    })
    for (const inner of Object.keys(manifest.dependencies ?? {})) open.push({ name: inner, from: folder })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
}

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  throw new Error(sentence)
}

/** Node's way of finding a package. @param {string} name @param {string} from */
function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
    if (folder === dirname(folder)) return undefined
  }
}

/** @param {string} folder */
function licenceText(folder) {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(name)).sort()
  const texts = names.map((name) => readFileSync(join(folder, name), 'utf8').trim())
  return texts.length > 0 ? texts.join('\n\n') : undefined
}

/**
 * What is wrong with the licences of what ships, one sentence each; empty when all is well.
 * @param {Shipped[]} shipped
 */
export function licenceProblems(shipped) {
  return shipped.flatMap(({ name, version, licence, text }) => {
    // "(MIT OR GPL-2.0)" leaves the choice to us.
    const choices = licence.replace(/[()]/g, '').split(' OR ')
    if (!choices.some((choice) => ALLOWED.has(choice)) && EXCEPTIONS[name] !== licence) {
      return [`${name} ${version} is under ${licence}, which may not come along: see scripts/lib/licences.mjs.`]
    }
    if (text === undefined && !choices.includes('MIT')) return [`${name} ${version} (${licence}) brings no text of its licence.`]
    return []
  })
}

/**
 * The text that goes into every package of Parley.
 * @param {string} root
 * @param {Shipped[]} shipped
 */
export function licenceFile(root, shipped) {
  const line = '-'.repeat(80)
  const parts = shipped.flatMap(({ name, version, licence, author, text }) => {
    const inside = INSIDE[name]
    return [
      `${name} ${version} (${licence})\n\n${text ?? mit(author)}`,
      ...(inside === undefined
        ? []
        : [[`${inside.name} (${inside.licence})`, inside.note, ...inside.texts.map((path) => readFileSync(join(root, path), 'utf8').trim())].join('\n\n')]),
    ]
  })
  const head = 'Parley is made with the work of others. Here are their names and licences.\nWhat Electron and Chromium are made of is in LICENSE.electron.txt and LICENSES.chromium.html.'
  return `${[head, ...parts].join(`\n\n${line}\n`)}\n`
}

/** @param {string} author */
const mit = (author) => `Copyright (c) ${author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
