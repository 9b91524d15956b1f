import { EventEmitter } from 'node:events'
import type { App, Shell } from 'electron'
import { describe, expect, it } from 'vitest'
import { externalUrl, openExternal } from '../../../main/desktop/external.ts'
import { setUpNavigation } from '../../../main/desktop/navigation.ts'
import { FakeContents, memoryLog, preventable, strict } from './fakes.ts'

function guarded(): { contents: FakeContents; app: EventEmitter; stop: () => void } {
  const app = new EventEmitter()
  const set = setUpNavigation({ app: strict<Pick<App, 'on' | 'off'>>('app', app), log: memoryLog() })
  const contents = new FakeContents()
  app.emit('web-contents-created', {}, contents)
  return { contents, app, stop: () => set.dispose() }
}

const elsewhere = [
  'app://parley/sound.html',
  'app://parley/',
  'app://parley/index.html?other',
  'app://parley.evil/index.html',
  'app://parley@evil/index.html',
  'app://evil@parley/index.html',
  'app://x.evil/index.html',
  'app://main@evil',
  'https://parley/index.html',
  'https://example.org/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'blob:app://parley/0',
  'about:blank',
  '',
]

describe.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('%s', (name) => {
  it.each(elsewhere)('to %s is prevented', (url) => {
    const { contents } = guarded()
    const event = preventable({ url, isMainFrame: true })
    contents.emit(name, event)
    expect(event.defaultPrevented).toBe(true)
  })

  it('within the document is left alone, in the main frame only', () => {
    const { contents } = guarded()
    for (const url of ['app://parley/index.html', 'app://parley/index.html#part']) {
      const main = preventable({ url, isMainFrame: true })
      const sub = preventable({ url, isMainFrame: false })
      contents.emit(name, main)
      contents.emit(name, sub)
      expect([main.defaultPrevented, sub.defaultPrevented]).toEqual([false, true])
    }
  })

  it('is prevented in a contents that shows no page of ours, even to itself', () => {
    const { contents } = guarded()
    contents.url = 'about:blank'
    const event = preventable({ url: 'about:blank', isMainFrame: true })
    contents.emit(name, event)
    expect(event.defaultPrevented).toBe(true)
  })
})

it('opens no window and attaches no webview', () => {
  const { contents } = guarded()
  for (const url of [...elsewhere, 'app://parley/index.html']) expect(contents.open(url)).toEqual({ action: 'deny' })
  const event = preventable({})
  contents.emit('will-attach-webview', event, {}, {})
  expect(event.defaultPrevented).toBe(true)
})

it('is undone', () => {
  const { app, stop } = guarded()
  stop()
  expect(app.listenerCount('web-contents-created')).toBe(0)
})

describe('external pages', () => {
  it.each(['https://platform.openai.com/api-keys', 'https://status.openai.com', 'https://portal.azure.com/#home'])(
    '%s may be opened',
    async (url) => {
      const opened: string[] = []
      const shell = strict<Pick<Shell, 'openExternal'>>('shell', { openExternal: async (to: string) => void opened.push(to) })
      expect(await openExternal(url, { shell, log: memoryLog() })).toBe(true)
      expect(opened).toEqual([new URL(url).href])
    },
  )

  it.each<unknown>([
    'http://platform.openai.com/',
    'https://platform.openai.com.evil.example/',
    'https://evil.example/?platform.openai.com',
    'https://user@platform.openai.com/',
    'https://platform.openai.com:8443/',
    'https://platform.openai.com@evil.example/',
    'file:///etc/passwd',
    'smb://server/share',
    'ms-msdt:/id',
    'javascript:alert(1)',
    'mailto:a@b.example',
    '',
    `https://platform.openai.com/${'x'.repeat(2000)}`,
    null,
    42,
    { toString: () => 'https://platform.openai.com/' },
  ])('%s is not', async (url) => {
    expect(externalUrl(url)).toBeNull()
    // A shell without any method: to reach it would throw.
    expect(await openExternal(url, { shell: strict('shell', {}), log: memoryLog() })).toBe(false)
  })

  it('reports a system that cannot open it', async () => {
    const shell = strict<Pick<Shell, 'openExternal'>>('shell', { openExternal: () => Promise.reject(new Error('no browser')) })
    expect(await openExternal('https://status.openai.com/', { shell, log: memoryLog() })).toBe(false)
  })
})
