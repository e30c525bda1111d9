// The pictures of docs/page.md. `PAGE=record` writes them; each run takes them, and holds them to their size.
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage } from '../support/browser-page.ts'
import { startChromium } from '../support/chromium.ts'
import { fakeFleet, startFakePage } from '../support/fake-page-server.ts'
import { awayCluster, brokenRow, cluster, manyRows, row } from '../support/page-documents.ts'

const MOST_BYTES = 150_000
const FOLDER = 'docs/images'

let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
}, 300_000)
afterAll(() => browser?.close())

const clusters = ['east', 'north', 'south', 'west'].map((name, i) =>
  cluster(name, { exports: 9 + 5 * i, imports: 41 - 6 * i }),
)
const shop = ['api', 'cart', 'search', 'web'].map((name) => row(`shop/${name}`))
const well = () => fakeFleet(clusters, shop)
const ill = () =>
  fakeFleet(
    clusters.map((one) => (one.name === 'north' ? awayCluster('north') : one)),
    [...shop.slice(1), brokenRow('shop/api')],
  )
const names = Array.from({ length: 12 }, (_, i) => `region-${i + 1}`)
const many = () =>
  fakeFleet(
    names.map((name) => cluster(name)),
    manyRows(4000, names.length),
  )

const PICTURES = [
  ['map', well, '#/map', {}],
  ['map-away', ill, '#/map?cluster=north', { dark: true }],
  ['services', many, '#/services?state=problem', { size: '1280x600' }],
  ['service', ill, '#/service/shop/api', { size: '1280x800' }],
  ['changes', well, '#/changes', { size: '1280x760' }],
  ['phone', ill, '#/map', { size: '390x844' }],
] as const

test.each(PICTURES)('the picture %s', async (name, fleet, address, look) => {
  const server = await startFakePage(fleet())
  const { page, problems } = await openPage(browser, server.url + address, look)
  await page.locator('main :is(.clusters, .rows, .chain, .pairs)').first().waitFor()
  const picture = await page.screenshot()
  await page.context().close()
  await server.close()
  const file = `page-${name}.png`
  expect(problems).toEqual([])
  expect(picture.length).toBeLessThan(MOST_BYTES)
  expect(readFileSync('docs/page.md', 'utf8')).toContain(`](images/${file})`)
  if (process.env.PAGE === 'record') {
    await mkdir(FOLDER, { recursive: true })
    await writeFile(`${FOLDER}/${file}`, picture)
  }
  expect(existsSync(`${FOLDER}/${file}`)).toBe(true)
})
