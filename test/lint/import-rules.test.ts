import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, test } from 'vitest'
import { houseRules } from '../../scripts/lint/rules.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['**/*.{ts,tsx}'],
      languageOptions: { parser: tseslint.parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    },
    ...houseRules,
  ],
})

/** Names of the rules that a file of this content would break, each once. */
async function broken(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath })
  return [...new Set(result?.messages.map((message) => message.ruleId ?? message.message))]
}

const IMPORTS = 'parley/imports'

describe('what may not be imported', () => {
  test.each([
    ['shared/a.ts', "import '../main/voice/engine.ts'"],
    ['shared/a.ts', "import '../renderer/app.tsx'"],
    ['shared/a.ts', "import '../preload/app.ts'"],
    ['shared/a.ts', "import { readFile } from 'node:fs/promises'"],
    ['shared/a.ts', "import fs from 'fs'"],
    ['shared/a.ts', "import type { BrowserWindow } from 'electron'"],
    ['shared/a.ts', "import { useState } from 'react'"],
    ['shared/audio/a.ts', "import '../../main/log.ts'"],
    ['renderer/a.ts', "import '../main/bridge.ts'"],
    ['renderer/sound/a.ts', "import url from '../../main/x.ts?worker&url'"],
    ['renderer/a.ts', "import '../preload/app.ts'"],
    ['renderer/a.ts', "import { ipcRenderer } from 'electron'"],
    ['renderer/a.ts', "import 'node:path'"],
    ['renderer/a.ts', "import WebSocket from 'ws'"],
    ['main/voice/a.ts', "import '../../renderer/app.tsx'"],
    ['main/a.ts', "export * from '../renderer/x.ts'"],
    ['main/a.ts', "export { x } from '../preload/app.ts'"],
    ['main/desktop/a.ts', "import '../../test/stand-in/src/x.ts'"],
    ['main/realtime/a.ts', "import { net } from 'electron'"],
    ['main/voice/a.ts', "import type { Session } from 'electron/main'"],
    ['main/practice/a.ts', "const x = await import('electron')"],
    ['main/storage/a.ts', "const { safeStorage } = require('electron')"],
    ['main/storage/a.ts', "export type Storage = import('electron').SafeStorage"],
    ['main/log.ts', "import { app } from 'electron'"],
    ['main/voice/a.ts', "import OpenAI from 'openai'"],
    ['main/realtime/a.ts', "import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime'"],
    ['renderer/a.ts', "import { RealtimeSession } from '@openai/agents-realtime'"],
    ['shared/a.ts', "import type OpenAI from 'openai'"],
    ['preload/app.ts', "import '../main/bridge.ts'"],
    ['preload/app.ts', "import '../renderer/x.ts'"],
    ['preload/app.ts', "import 'node:fs'"],
    ['scripts/start.mjs', "import 'vite'"],
    ['scripts/lib/a.mjs', "import 'typescript'"],
  ])('%s: %s', async (file, code) => {
    expect(await broken(file, code)).toContain(IMPORTS)
  })
})

describe('what may be imported', () => {
  test.each([
    ['shared/a.ts', "import { z } from 'zod'\nimport './b.ts'"],
    ['main/index.ts', "import { app } from 'electron'\nimport '../shared/ipc.ts'\nimport './voice/x.ts'"],
    ['main/bridge.ts', "import { ipcMain } from 'electron'"],
    ['main/desktop/windows.ts', "import { BrowserWindow } from 'electron'"],
    ['main/realtime/a.ts', "import WebSocket from 'ws'\nimport 'node:tls'"],
    ['preload/app.ts', "import { contextBridge } from 'electron'\nimport '../shared/ipc.ts'"],
    ['renderer/a.tsx', "import { useState } from 'react'\nimport url from './sound/x.worklet.ts?worker&url'\nimport '../shared/state.ts'"],
    ['test/voice/a.test.ts', "import '../../main/voice/x.ts'\nimport type OpenAI from 'openai'"],
    ['scripts/start.mjs', "import 'node:fs'\nimport './lib/run.mjs'"],
  ])('%s: %s', async (file, code) => {
    expect(await broken(file, code)).toEqual([])
  })
})

describe('one door', () => {
  test.each([
    ['main/desktop/windows.ts', "import { ipcMain } from 'electron'"],
    ['main/desktop/windows.ts', 'window.webContents.ipc.handle("x", () => 1)'],
    ['main/index.ts', 'const { ipc } = contents'],
    ['main/index.ts', "import * as electron from 'electron'\nelectron.ipcMain.on('x', () => undefined)"],
  ])('%s: %s', async (file, code) => {
    expect(await broken(file, code)).toContain('parley/one-door')
  })

  test('the bridge is the door', async () => {
    expect(await broken('main/bridge.ts', 'contents.ipc.handle("x", () => 1)')).toEqual([])
  })
})

describe('bans', () => {
  test.each([
    ['renderer/a.tsx', 'export const x = <p dangerouslySetInnerHTML={{ __html: text }} />', 'no-restricted-syntax'],
    ['renderer/a.tsx', 'export const x = <style>{css}</style>', 'no-restricted-syntax'],
    ['renderer/a.ts', 'element.innerHTML = text', 'no-restricted-syntax'],
    ['renderer/a.ts', "document.createElement('style')", 'no-restricted-syntax'],
    ['preload/a.ts', 'document.write(text)', 'no-restricted-syntax'],
    ['renderer/a.ts', 'try { go() } catch {}', 'no-restricted-syntax'],
    ['main/a.ts', 'eval(text)', 'no-eval'],
    ['main/a.ts', 'new Function(text)', 'no-new-func'],
    ['main/a.ts', 'try { go() } catch { /* never mind */ }', 'no-restricted-syntax'],
    ['main/a.ts', '// TODO later', 'no-warning-comments'],
    ['main/a.ts', '// eslint-disable-next-line no-eval\neval(text)', 'parley/reasoned-disable'],
    ['shared/a.ts', 'export const x = process.env', 'no-restricted-globals'],
    ['shared/a.ts', "export const x = Buffer.from('')", 'no-restricted-globals'],
    ['shared/a.ts', 'document.title', 'no-restricted-globals'],
    ['shared/a.ts', 'export const x = new AudioContext()', 'no-restricted-globals'],
  ])('%s: %s', async (file, code, rule) => {
    expect(await broken(file, code)).toContain(rule)
  })

  test('a reason beside the silence is enough', async () => {
    expect(await broken('main/a.ts', '// eslint-disable-next-line no-eval -- measured: nothing else works here\neval(text)')).toEqual([])
  })

  test('the whole configuration contains the house rules and forbids @ts-ignore', async () => {
    const whole = new ESLint({ cwd: root })
    const config = (await whole.calculateConfigForFile('main/voice/x.ts')) as { rules: Record<string, unknown[]> }
    // 2 is ESLint's number for "error".
    for (const rule of [IMPORTS, 'parley/one-door', 'no-restricted-syntax', '@typescript-eslint/no-floating-promises', '@typescript-eslint/no-explicit-any']) {
      expect(config.rules[rule]?.[0], rule).toBe(2)
    }
    expect(config.rules['@typescript-eslint/ban-ts-comment']?.[1]).toMatchObject({ 'ts-ignore': true })
  })

  test('no file of the repository asks ESLint to leave a whole folder out of the house', () => {
    const text = readFileSync(new URL('../../eslint.config.js', import.meta.url), 'utf8')
    expect(text).not.toMatch(/ignores:.*(main|renderer|shared|preload)\//)
  })
})
