import { builtinModules } from 'node:module'
import { dirname, relative, resolve, sep } from 'node:path'

/** The folders whose files have import rules; everything else is `other` (configuration, scripts). */
const TOP = ['main', 'preload', 'renderer', 'shared', 'test', 'scripts']

const builtins = new Set(builtinModules)

/** @param {string} specifier */
const isNode = (specifier) => specifier.startsWith('node:') || builtins.has(specifier.split('/')[0] ?? '')
/** @param {string} specifier */
const isElectron = (specifier) => specifier === 'electron' || specifier.startsWith('electron/')
/** @param {string} specifier */
const isReference = (specifier) => specifier === 'openai' || specifier.startsWith('openai/') || specifier.startsWith('@openai/')

/** @param {string} path @param {string} folder */
const within = (path, folder) => path === folder || path.startsWith(`${folder}/`)

/** @param {string} path relative to the repository, with forward slashes */
const topOf = (path) => TOP.find((folder) => within(path, folder)) ?? 'other'

/**
 * Why one file may not import another, or nothing when it may (design §1).
 * @param {string} file importing file, relative to the repository, with forward slashes
 * @param {string} specifier as written
 * @returns {string | undefined}
 */
export function forbiddenImport(file, specifier) {
  const from = topOf(file)
  if (from === 'scripts' && (/^scripts\/(lib\/|(start|test)\.mjs$)/).test(file)) {
    return specifier.startsWith('.') || specifier.startsWith('node:')
      ? undefined
      : 'the two commands run before anything is installed: only node: modules here'
  }
  if (from === 'other' || from === 'scripts' || from === 'test') return undefined

  if (isReference(specifier)) return 'openai packages are development dependencies: never at run time'
  if (isElectron(specifier)) {
    const door = file === 'main/index.ts' || file === 'main/bridge.ts' || within(file, 'main/desktop') || from === 'preload'
    return door ? undefined : 'only main/index.ts, main/bridge.ts, main/desktop/ and preload/ import electron'
  }
  if (specifier.startsWith('.')) {
    const target = resolve('/', dirname(file), specifier).slice(1).split(sep).join('/')
    const to = topOf(target)
    if (to === from || to === 'shared') return undefined
    if (to === 'other' && target === 'package.json' && from === 'main') return undefined
    return `${from}/ never imports ${to === 'other' ? 'from outside the house' : `${to}/`}`
  }
  if (isNode(specifier)) return from === 'main' ? undefined : `${from}/ has nothing of Node`
  if (from === 'shared' && specifier !== 'zod' && !specifier.startsWith('zod/')) {
    return 'shared/ imports nothing but zod'
  }
  if (from === 'preload') return 'a preload imports electron and shared/ only'
  if (from === 'renderer' && specifier === 'ws') return 'the pages have no socket: it is in main'
  return undefined
}

/** @param {import('eslint').Rule.RuleContext} context */
function fileOf(context) {
  return relative(context.cwd, context.filename).split(sep).join('/')
}

/** @type {import('eslint').Rule.RuleModule} */
const imports = {
  meta: { type: 'problem', schema: [], messages: { forbidden: '"{{specifier}}": {{why}}.' } },
  create(context) {
    const file = fileOf(context)
    /** @param {any} node literal that names the module */
    const check = (node) => {
      if (node?.type !== 'Literal' || typeof node.value !== 'string') return
      // Vite's import queries (?worker&url) name the same file.
      const specifier = node.value.replace(/\?.*$/, '')
      const why = forbiddenImport(file, specifier)
      if (why !== undefined) context.report({ node, messageId: 'forbidden', data: { specifier, why } })
    }
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (/** @type {any} */ node) => check(node.source ?? node.argument?.literal),
      TSExternalModuleReference: (/** @type {any} */ node) => check(node.expression),
      'CallExpression[callee.name="require"]': (/** @type {any} */ node) => check(node.arguments[0]),
    }
  },
}

/** @type {import('eslint').Rule.RuleModule} */
const oneDoor = {
  meta: { type: 'problem', schema: [], messages: { door: 'only main/bridge.ts touches ipcMain and webContents.ipc.' } },
  create(context) {
    const file = fileOf(context)
    if (topOf(file) !== 'main' || file === 'main/bridge.ts') return {}
    /** @param {any} node */
    const report = (node) => context.report({ node, messageId: 'door' })
    return {
      'ImportSpecifier[imported.name="ipcMain"]': report,
      'MemberExpression[computed=false][property.name=/^ipc(Main)?$/]': report,
      'Property[key.name=/^ipc(Main)?$/]': (/** @type {any} */ node) => {
        if (node.parent.type === 'ObjectPattern') report(node)
      },
    }
  },
}

/** @type {import('eslint').Rule.RuleModule} */
const reasonedDisable = {
  meta: { type: 'problem', schema: [], messages: { reason: 'say why behind " -- ".' } },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const text = comment.value.trim()
          const silences = /^eslint-disable/.test(text)
          if (silences && !/ -- \S/.test(text) && comment.loc) {
            context.report({ loc: comment.loc, messageId: 'reason' })
          }
        }
      },
    }
  },
}

/** Parley's own rules: imports, the one door, reasons for silenced rules. */
export default {
  meta: { name: 'parley' },
  rules: { imports, 'one-door': oneDoor, 'reasoned-disable': reasonedDisable },
}

