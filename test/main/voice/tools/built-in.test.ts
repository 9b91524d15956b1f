import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest'
import { announcement } from '../../../../main/voice/tools/announcement.ts'
import { builtInTools, type BuiltInDeps } from '../../../../main/voice/tools/built-in.ts'
import { pageUrl } from '../../../../main/voice/tools/open-page.ts'
import { ToolRegistry } from '../../../../main/voice/tools/registry.ts'
import { Timers } from '../../../../main/voice/tools/timers.ts'
import { defineTool } from '../../../../main/voice/tools/tool.ts'
import { z } from '../../../../shared/zod.ts'
import { plainTool, Rig } from './rig.ts'

/** 12:25:28 in Berlin. */
const NOW = Date.UTC(2026, 10, 20, 11, 25, 28)

describe('the built-in tools', () => {
  let deps: BuiltInDeps
  let clipboard: string
  let opened: string[]
  let rung: string[]
  let timers: Timers
  let rig: Rig

  beforeEach(() => {
    vi.useFakeTimers()
    vi.setSystemTime(NOW)
    clipboard = ''
    opened = []
    rung = []
    timers = new Timers({
      ring: ({ label }) => {
        rung.push(label)
      },
    })
    deps = {
      now: Date.now,
      timeZone: () => 'Europe/Berlin',
      locale: () => 'en-GB',
      readText: () => clipboard,
      openExternal: async (url) => {
        opened.push(url)
      },
      timers,
    }
    rig = new Rig(builtInTools(deps))
  })

  afterEach(() => {
    rig.runner.close()
    timers.dispose()
    vi.useRealTimers()
  })

  let ids = 0
  /** Calls a tool and, where it asks, answers. */
  async function use(name: string, args: object = {}, yes: boolean | null = null): Promise<string> {
    const id = `c${String(++ids)}`
    rig.call(id, name, { arguments: JSON.stringify(args), response_id: id })
    await vi.advanceTimersByTimeAsync(0)
    if (yes !== null) {
      expect(rig.output(id)).toBeUndefined()
      rig.runner.answer(rig.open?.id ?? '', yes)
      await vi.advanceTimersByTimeAsync(0)
    }
    return rig.output(id) ?? ''
  }

  it('7.7: sends only documented fields in its definitions', () => {
    const definitions = new ToolRegistry(builtInTools(deps)).definitions()
    expect(definitions.map((tool) => tool.name)).toEqual([
      'current_time',
      'set_timer',
      'list_timers',
      'cancel_timer',
      'read_clipboard',
      'open_web_page',
    ])
    for (const tool of definitions) {
      expect(Object.keys(tool).toSorted()).toEqual(['description', 'name', 'parameters', 'type'])
      expect(tool.parameters).toMatchObject({ type: 'object', additionalProperties: false })
      expect(tool.parameters).not.toHaveProperty('$schema')
    }
    expect(definitions[1]?.parameters).toEqual({
      type: 'object',
      properties: {
        seconds: { type: 'integer', minimum: 1, maximum: 86_400, description: expect.any(String) as string },
        at: { type: 'string', maxLength: 40, description: expect.any(String) as string },
        label: { type: 'string', maxLength: 80, default: '', description: expect.any(String) as string },
      },
      additionalProperties: false,
    })
  })

  describe('current_time', () => {
    it('tells time, zone and offset, and says it as the locale does', async () => {
      expect(JSON.parse(await use('current_time'))).toEqual({
        time: '2026-11-20T12:25:28+01:00',
        time_zone: 'Europe/Berlin',
        utc_offset: '+01:00',
        // Commas come and go with the version of the locale data.
        in_words: expect.stringMatching(/^Friday,? 20 November 2026,? at 12:25$/) as string,
      })
      deps.locale = () => 'de-DE'
      expect(JSON.parse(await use('current_time', { time_zone: 'Asia/Kathmandu' }))).toMatchObject({
        time: '2026-11-20T17:10:28+05:45',
        utc_offset: '+05:45',
        in_words: 'Freitag, 20. November 2026 um 17:10',
      })
    })

    it('says so when a zone does not exist, and survives a system that names a wrong one', async () => {
      expect(await use('current_time', { time_zone: 'Mars/Base' })).toBe('It failed: there is no time zone called "Mars/Base".')
      deps.timeZone = () => 'Nowhere'
      deps.locale = () => 'not a locale'
      expect(JSON.parse(await use('current_time'))).toMatchObject({ time: '2026-11-20T11:25:28+00:00', time_zone: 'UTC' })
    })
  })

  describe('read_clipboard', () => {
    it('asks each time, and reads only after the yes', async () => {
      clipboard = 'before'
      rig.call('c', 'read_clipboard')
      clipboard = 'a "quoted" line\n'
      expect(rig.open?.code).toBe('read_clipboard')
      rig.runner.answer(rig.open?.id ?? '', true)
      await vi.advanceTimersByTimeAsync(0)
      expect(rig.output('c')).toBe('{"clipboard_text":"a \\"quoted\\" line\\n"}')
      expect(await use('read_clipboard', {}, false)).toBe('Not done: the person said no.')
    })

    it('says when it is empty, and shortens what is long', async () => {
      clipboard = ' \n'
      expect(await use('read_clipboard', {}, true)).toBe('The clipboard is empty, or it holds no text.')
      clipboard = `${'x'.repeat(9_999)}😀${'y'.repeat(5_000)}`
      const result = JSON.parse(await use('read_clipboard', {}, true)) as Record<string, string>
      expect(result['clipboard_text']).toHaveLength(10_000)
      expect(result['shortened']).toBe('These are the first 10000 of 15001 characters.')
    })
  })

  describe('open_web_page', () => {
    it('shows the whole host, and opens after the yes', async () => {
      const using = use('open_web_page', { url: 'https://www.Example.org:8443/a?q=1' }, true)
      expect(rig.open).toMatchObject({
        code: 'open_page',
        detail: { host: 'www.example.org:8443', url: 'https://www.example.org:8443/a?q=1' },
      })
      expect(rig.changes.at(-1)).toMatchObject({ verb: 'open_web_page', object: 'www.example.org:8443', state: 'asking' })
      expect(opened).toEqual([])
      expect(await using).toBe('Opened www.example.org:8443 in the browser.')
      expect(opened).toEqual(['https://www.example.org:8443/a?q=1'])
    })

    it('shows punycode beside what it reads as', async () => {
      const using = use('open_web_page', { url: 'https://аpple.com/' }, false)
      expect(rig.open).toMatchObject({
        code: 'open_page_foreign',
        detail: { host: 'xn--pple-43d.com', reads: 'аpple.com', url: 'https://xn--pple-43d.com/' },
      })
      expect(await using).toBe('Not done: the person said no.')
      expect(opened).toEqual([])
    })

    it.each([
      ['http://example.org', 'only https addresses are opened'],
      ['file:///etc/passwd', 'only https addresses are opened'],
      ['javascript:alert(1)', 'only https addresses are opened'],
      ['parley://x', 'only https addresses are opened'],
      ['example.org', 'that is not a complete web address'],
      ['https://user@example.org', 'an address with a user name or password in it is not opened'],
      ['https://bank.example@evil.example', 'an address with a user name or password in it is not opened'],
      ['https://', 'that is not a complete web address'],
    ])('does not even ask for %s', async (url, why) => {
      expect(await use('open_web_page', { url })).toBe(`Not done: ${why}.`)
      expect(rig.open).toBeNull()
      expect(opened).toEqual([])
    })

    it('takes an address of tabs and line ends for what the browser takes it for', () => {
      expect(pageUrl(' https://exa\nmple.org\t/ ').href).toBe('https://example.org/')
    })

    it.each([async () => false, async () => Promise.reject(new Error('no browser'))])('says when there is no browser', async (openExternal) => {
      deps.openExternal = openExternal
      expect(await use('open_web_page', { url: 'https://example.org' }, true)).toBe('It failed: the browser could not be opened.')
    })
  })

  describe('timers', () => {
    it('sets, lists, rings and cancels', async () => {
      expect(JSON.parse(await use('set_timer', { seconds: 600, label: ' tea ' }))).toEqual({
        id: 'timer_1',
        label: 'tea',
        rings_at: '2026-11-20T12:35:28+01:00',
        seconds_left: 600,
      })
      expect(rig.changes.at(-1)).toMatchObject({ verb: 'set_timer', object: 'tea, 10:00', state: 'done' })
      await use('set_timer', { at: '12:30', label: 'train' })
      await use('set_timer', { at: '2026-11-20T11:31:00Z' })
      expect(JSON.parse(await use('list_timers'))).toMatchObject({ timers: [{ label: 'train', seconds_left: 272 }, { label: '' }, { label: 'tea' }] })
      expect(JSON.parse(await use('cancel_timer', { id: 'timer_3' }))).toEqual({ cancelled: [{ id: 'timer_3', label: '' }] })
      rig.runner.close()
      await vi.advanceTimersByTimeAsync(600_000)
      expect(rung).toEqual(['train', 'tea'])
    })

    it.each([
      ['set_timer', {}, 'It failed: a timer needs either seconds or at, and not both.'],
      ['set_timer', { seconds: 5, at: '12:30' }, 'It failed: a timer needs either seconds or at, and not both.'],
      ['set_timer', { at: 'soon' }, 'It failed: "soon" is not a time such as 07:30 or 2026-11-20T07:30.'],
      ['set_timer', { at: '2026-11-19T07:30' }, 'It failed: that time is over.'],
      ['set_timer', { at: '2026-11-22T07:30' }, 'It failed: a timer runs for 24 hours at most.'],
      ['cancel_timer', {}, 'It failed: give either the id of a timer or all.'],
      ['cancel_timer', { id: 'timer_9' }, 'It failed: there is no timer with this id.'],
    ])('%s %j says what is wrong', async (name, args, output) => {
      expect(await use(name, args)).toBe(output)
    })

    it('refuses seconds out of range before anything runs', async () => {
      expect(await use('set_timer', { seconds: 0 })).toMatch(/^Not done: the arguments are wrong: seconds: /)
      expect(await use('set_timer', { seconds: 86_401 })).toMatch(/^Not done: the arguments are wrong: seconds: /)
      expect(timers.list).toEqual([])
    })

    it('cancels all', async () => {
      await use('set_timer', { seconds: 5 })
      await use('set_timer', { seconds: 6 })
      expect(JSON.parse(await use('cancel_timer', { all: true }))).toMatchObject({ cancelled: [{ id: 'timer_1' }, { id: 'timer_2' }] })
      await vi.advanceTimersByTimeAsync(10_000)
      expect(rung).toEqual([])
    })
  })
})

describe('announcement', () => {
  it("I-20: adds to the session's instructions instead of replacing them", () => {
    const params = announcement('It takes long.', 'You are Parley.')
    expect(params.instructions).toMatch(/^You are Parley\.\n\n.*It takes long\.$/)
    expect(params).toMatchObject({ conversation: 'none', input: [], tool_choice: 'none', metadata: { purpose: 'announcement' } })
  })
})

describe('ToolRegistry', () => {
  it('refuses a second tool of the same name, and what cannot be a tool', () => {
    const tool = plainTool('same', async () => '')
    const registry = new ToolRegistry([tool])
    expect(() => {
      registry.add(tool)
    }).toThrow('already')
    const spec = { description: '', args: z.object({}), run: async () => '' }
    expect(() => defineTool({ ...spec, name: 'has space' })).toThrow('cannot be the name')
    expect(() => defineTool({ ...spec, name: 'x', timeLimitMs: 0 })).toThrow('time limit')
    expect(() => defineTool({ ...spec, name: 'x', timeLimitMs: Infinity })).toThrow('time limit')
    expect(() => defineTool({ ...spec, name: 'x', args: z.string(), run: async (text: string) => text })).toThrow('are an object')
  })
})
