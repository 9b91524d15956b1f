import { describe, expect, it } from 'vitest'
import { linkIn, parseLink } from '../../../main/desktop/deep-link.ts'

describe('a link', () => {
  it.each([
    ['parley://settings', 'settings'],
    ['parley://settings/', 'settings'],
    ['parley://talk', 'talk'],
    ['PARLEY://Talk', 'talk'],
  ])('%s shows %s', (link, view) => {
    expect(parseLink(link)).toBe(view)
  })

  it.each([
    'parley:talk',
    'parley:/talk',
    'parley:///talk',
    'parley://talk/now',
    'parley://talk//',
    'parley://talk?start=1',
    'parley://talk?',
    'parley://talk#listen',
    'parley://talk#',
    'parley://user@talk',
    'parley://@talk',
    'parley://talk:80',
    'parley://talk.evil',
    'parley://%74alk',
    'parley://talk\\..',
    'parley://start',
    'parley://settings/key',
    'parleyx://talk',
    'https://talk',
    'javascript:talk',
    ' ',
    '',
    `parley://talk/${' '.repeat(500)}`,
  ])('%j shows nothing', (link) => {
    expect(parseLink(link)).toBeNull()
  })

  it('is found among the arguments, whatever it is worth', () => {
    expect(linkIn(['electron', '.', '--flag', 'parley://nonsense'])).toBe('parley://nonsense')
    expect(linkIn(['electron', '.', 'https://example.org'])).toBeNull()
  })
})
