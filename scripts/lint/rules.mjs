import parley from './plugin.mjs'

/** Names that belong to Node or to the page; what differs between platforms is passed in to shared/. */
const PLATFORM_GLOBALS = [
  ...['process', 'Buffer', 'global', 'require', 'module', 'exports', '__dirname', '__filename', 'setImmediate', 'clearImmediate', 'NodeJS'],
  ...['window', 'self', 'document', 'navigator', 'location', 'history', 'screen', 'localStorage', 'sessionStorage', 'indexedDB'],
  ...['alert', 'confirm', 'prompt', 'requestAnimationFrame', 'cancelAnimationFrame', 'matchMedia', 'getComputedStyle', 'customElements'],
  ...['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker', 'SharedWorker', 'Notification', 'FileReader', 'Image', 'Audio'],
  ...['AudioContext', 'OfflineAudioContext', 'AudioWorkletNode', 'AudioWorkletProcessor', 'registerProcessor', 'MediaStream', 'MediaRecorder'],
  ...['HTMLElement', 'Element', 'Node', 'DOMParser', 'MutationObserver', 'ResizeObserver', 'IntersectionObserver', 'atob', 'btoa'],
]

const NO_EMPTY_CATCH = {
  selector: 'CatchClause > BlockStatement[body.length=0]',
  message: 'A caught error is handled, reported or named; it never vanishes.',
}

const NO_MARKUP = [
  { selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]', message: 'No HTML from strings (Trusted Types).' },
  { selector: 'JSXOpeningElement[name.name="style"]', message: 'No <style> element: the CSP forbids inline styles. Use a style sheet.' },
  {
    selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|srcdoc)$/]',
    message: 'No HTML from strings (Trusted Types).',
  },
  { selector: 'CallExpression[callee.property.name="createElement"][arguments.0.value="style"]', message: 'No <style> element.' },
  { selector: 'CallExpression[callee.object.name="document"][callee.property.name=/^write(ln)?$/]', message: 'No document.write.' },
]

/**
 * The rules that need no types: the house's import rules (design §1) and its bans. Kept apart so
 * that their tests run in milliseconds.
 * @type {import('eslint').Linter.Config[]}
 */
export const houseRules = [
  {
    name: 'parley/house',
    files: ['**/*.{ts,tsx,js,mjs}'],
    plugins: { parley },
    rules: {
      'parley/imports': 'error',
      'parley/one-door': 'error',
      'parley/reasoned-disable': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-syntax': ['error', NO_EMPTY_CATCH],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
    },
  },
  {
    name: 'parley/pages',
    files: ['renderer/**/*.{ts,tsx}', 'preload/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_EMPTY_CATCH, ...NO_MARKUP] },
  },
  {
    name: 'parley/shared',
    files: ['shared/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...PLATFORM_GLOBALS.map((name) => ({ name, message: 'shared/ has nothing of Node or of the page: pass it in.' })),
      ],
    },
  },
]
