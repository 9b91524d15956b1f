import { tone } from '../realtime-server/index.ts'
import { expect, expectState, test } from './parley.ts'

test('a function is run, shown and answered', async ({ serve, launch }) => {
  const server = await serve({
    answer: ({ number }) => (number === 0 ? { functionCall: { name: 'current_time', arguments: '{}' } } : { pcm: tone(300), text: 'It is noon.' }),
  })
  const { page } = await launch({ server })
  await page.getByRole('textbox', { name: 'Message' }).fill('What time is it?')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Looked at the clock')).toBeVisible()
  await expect(page.getByRole('article', { name: 'Parley' }).last()).toContainText('It is noon.')
  expect(server.received.map(({ event }) => event['type']).filter((type) => type === 'response.create')).toHaveLength(2)
})

test('a page is opened only when the person says so, whose whole address is shown', async ({ serve, launch }) => {
  const url = 'https://example.org/roof?quote=2'
  const server = await serve({
    answer: ({ number }) =>
      number === 0 ? { functionCall: { name: 'open_web_page', arguments: JSON.stringify({ url }) } } : { pcm: tone(300), text: 'Then not.' },
  })
  const { page } = await launch({ server })
  await page.getByRole('textbox', { name: 'Message' }).fill('Open the quote')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Open example.org in the browser?')).toBeVisible()
  await expect(page.getByLabel('Whole address')).toHaveText(url)
  await page.screenshot({ path: test.info().outputPath('question.png') })
  await page.getByRole('button', { name: 'Don’t allow' }).click()
  await expect(page.getByText('Open example.org in the browser?')).toBeHidden()
  await expect(page.getByText('Did not open example.org')).toBeVisible()
  await expect(page.getByRole('article', { name: 'Parley' }).last()).toContainText('Then not.')
  await expectState(page, 'Ready', 15_000)
})
