import { createServer } from 'node:http'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CustomScheme, Protocol } from 'electron'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAppResponder, pathOf, registerAppScheme, serveApp } from '../../../main/desktop/app-protocol.ts'
import { CSP } from '../../../main/desktop/csp.ts'
import { strict } from './fakes.ts'

let folder: string
let root: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-app-protocol-'))
  root = join(folder, 'renderer')
  await mkdir(join(root, 'assets'), { recursive: true })
  await mkdir(join(folder, 'renderer-secret'))
  await writeFile(join(folder, 'secret.js'), 'outside')
  await writeFile(join(folder, 'renderer-secret', 'near.js'), 'outside')
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Parley</title>')
  await writeFile(join(root, 'assets', 'app.js'), 'export {}')
  await writeFile(join(root, 'assets', 'a b.css'), 'a{}')
  await writeFile(join(root, 'assets', 'font.woff2'), new Uint8Array([0, 255, 1]))
  await writeFile(join(root, 'notes.md'), 'not a kind that is served')
  await symlink(join(folder, 'secret.js'), join(root, 'link.js'))
  await symlink(join(folder, 'renderer-secret'), join(root, 'linked'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const ask = (url: string, method = 'GET') => createAppResponder({ root })({ url, method })

describe('files', () => {
  it.each([
    ['app://parley/', 'text/html; charset=utf-8', '<!doctype html><title>Parley</title>'],
    ['app://parley/index.html', 'text/html; charset=utf-8', '<!doctype html><title>Parley</title>'],
    ['app://parley/index.html?x=1#part', 'text/html; charset=utf-8', '<!doctype html><title>Parley</title>'],
    ['app://parley/assets/app.js', 'text/javascript; charset=utf-8', 'export {}'],
    ['app://parley/assets//app.js', 'text/javascript; charset=utf-8', 'export {}'],
    ['app://parley/assets/a%20b.css', 'text/css; charset=utf-8', 'a{}'],
  ])('%s is %s', async (url, type, body) => {
    const answer = await ask(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe(type)
    expect(await answer.text()).toBe(body)
  })

  it('serves bytes as they are', async () => {
    const answer = await ask('app://parley/assets/font.woff2')
    expect(answer.headers.get('Content-Type')).toBe('font/woff2')
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array([0, 255, 1]))
  })

  it('answers HEAD with the headers alone', async () => {
    const answer = await ask('app://parley/index.html', 'HEAD')
    expect([answer.status, answer.headers.get('Content-Length'), await answer.text()]).toEqual([200, '36', ''])
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'get'])('refuses %s', async (method) => {
    expect((await ask('app://parley/index.html', method)).status).toBe(405)
  })

  it.each(['app://parley/missing.js', 'app://parley/assets', 'app://parley/notes.md', 'app://parley/assets/app.js/x.js'])(
    '%s is not there',
    async (url) => {
      expect((await ask(url)).status).toBe(404)
    },
  )
})

describe('what is outside', () => {
  it.each([
    // another host, or none
    'app://parley.evil/index.html',
    'app://evil/index.html',
    'app://parley@evil/index.html',
    'app://user@parley/index.html',
    'app://user:pw@parley/index.html',
    'app://parley:8080/index.html',
    'app://PARLEY/index.html',
    'app:/index.html',
    'app:index.html',
    'https://parley/index.html',
    'file:///etc/passwd',
    'not a url',
    '',
    // out of the folder
    'app://parley/..%2fsecret.js',
    'app://parley/%2e%2e%2fsecret.js',
    'app://parley/assets/..%2f..%2fsecret.js',
    'app://parley/assets/%2E%2E%2Findex.html',
    'app://parley/..%5csecret.js',
    'app://parley/assets%5c..%5c..%5csecret.js',
    'app://parley/.%2findex.html',
    // decoded twice it would lead out
    'app://parley/%252e%252e%252fsecret.js',
    'app://parley/..%252fsecret.js',
    // what a file system reads differently
    'app://parley/index.html%00.js',
    'app://parley/%00',
    'app://parley/C:/Windows/win.ini',
    'app://parley/C%3a/Windows/win.ini',
    'app://parley/index.html::$DATA',
    'app://parley/index%0a.html',
    'app://parley/index%7f.html',
    // not an escape at all
    'app://parley/%',
    'app://parley/%zz',
    'app://parley/%c0%ae%c0%ae/secret.js',
    'app://parley/assets/',
  ])('%s is refused before the disk is touched', async (url) => {
    expect(pathOf(url)).toBeNull()
    expect((await ask(url)).status).toBe(400)
  })

  it('does not lead out where the URL parser has already taken the dots away', async () => {
    for (const url of ['app://parley/../secret.js', 'app://parley/assets/%2e%2e/%2e%2e/secret.js']) {
      expect((await ask(url)).status).toBe(404)
    }
  })

  it('does not follow links out of the folder', async () => {
    expect((await ask('app://parley/link.js')).status).toBe(404)
    expect((await ask('app://parley/linked/near.js')).status).toBe(404)
  })

  it('serves through a folder that is itself a link', async () => {
    const alias = join(folder, 'alias')
    await symlink(root, alias)
    expect((await createAppResponder({ root: alias })({ url: 'app://parley/index.html', method: 'GET' })).status).toBe(200)
  })
})

describe('headers', () => {
  it('has the production policy, word for word', () => {
    expect(CSP).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'none'; " +
        "media-src 'none'; worker-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-src 'none'; " +
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    )
    expect(CSP).not.toMatch(/unsafe|localhost|127\.0\.0\.1|ws:|https?:|\*/)
  })

  it.each(['app://parley/', 'app://parley/assets/app.js', 'app://parley/missing.js', 'app://evil/'])(
    'come with every answer: %s',
    async (url) => {
      const { headers } = await ask(url)
      expect(headers.get('Content-Security-Policy')).toBe(CSP)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin')
      expect(headers.get('Permissions-Policy')).toBe('microphone=(self), camera=(), geolocation=()')
    },
  )
})

describe('development', () => {
  it('takes files from the named server, under the looser policy', async () => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.setHeader('Content-Type', 'text/javascript')
      response.end('hot')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const devServerUrl = `http://127.0.0.1:${address.port}`
    const respond = createAppResponder({ root, devServerUrl })

    const answer = await respond({ url: 'app://parley/@id/virtual:x?import', method: 'GET' })
    expect([answer.status, await answer.text(), answer.headers.get('Content-Type')]).toEqual([200, 'hot', 'text/javascript'])
    expect(answer.headers.get('Content-Security-Policy')).toContain('ws://localhost:*')
    expect((await respond({ url: 'app://parley//evil.example/x', method: 'GET' })).status).toBe(200)
    expect((await respond({ url: 'app://evil/x', method: 'GET' })).status).toBe(400)
    expect(seen).toEqual(['GET /@id/virtual:x?import', 'GET //evil.example/x'])

    await new Promise((done) => server.close(done))
    expect((await respond({ url: 'app://parley/x', method: 'GET' })).status).toBe(502)
  })

  it.each(['https://example.org', 'http://example.org', 'http://localhost.evil', 'http://u:p@localhost', 'file:///x', 'x'])(
    'refuses %s as development server',
    (devServerUrl) => {
      expect(() => createAppResponder({ root, devServerUrl })).toThrow('on this computer')
    },
  )
})

describe('Electron', () => {
  it('registers the scheme without a way around the policy', () => {
    let schemes: CustomScheme[] = []
    registerAppScheme(
      strict<Pick<Protocol, 'registerSchemesAsPrivileged'>>('protocol', {
        registerSchemesAsPrivileged: (given: CustomScheme[]) => {
          schemes = given
        },
      }),
    )
    expect(schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    ])
  })

  it('handles the scheme until it is undone, once', async () => {
    const calls: string[] = []
    let handler: Parameters<Protocol['handle']>[1] | null = null
    const protocol = strict<Pick<Protocol, 'handle' | 'unhandle'>>('protocol', {
      handle: (scheme: string, given: Parameters<Protocol['handle']>[1]) => {
        calls.push(`handle ${scheme}`)
        handler = given
      },
      unhandle: (scheme: string) => calls.push(`unhandle ${scheme}`),
    })
    const served = serveApp({ root, protocol })
    expect((await handler!(new Request('app://parley/index.html'))).status).toBe(200)
    served.dispose()
    served.dispose()
    expect(calls).toEqual(['handle app', 'unhandle app'])
  })
})
