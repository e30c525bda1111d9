// The table with 10,000 services of 50 clusters: few rows are drawn, and what scrolling costs is measured.
// `PAGE=record` writes the measurement to RESULT.md and the screenshots of docs/page.md.
import { writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage } from '../support/browser-page.ts'
import { startChromium } from '../support/chromium.ts'
import { type FakePageServer, fakeFleet, startFakePage } from '../support/fake-page-server.ts'
import { awayCluster, brokenRow, cluster, manyRows } from '../support/page-documents.ts'
import { machine } from '../support/report-text.ts'

const RECORD = process.env.PAGE === 'record'
const SERVICES = 10_000
const names = Array.from({ length: 50 }, (_, i) => `cluster-${String(i).padStart(2, '0')}`)

let browser: Browser
let server: FakePageServer
beforeAll(async () => {
  browser = await startChromium()
  const clusters = names.map((name, i) => (i === 17 ? awayCluster(name) : cluster(name)))
  server = await startFakePage(fakeFleet(clusters, manyRows(SERVICES, names.length)))
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Scrolls for 2 s, so many pixels a second, and notes each frame and each long task (50 ms and more). */
const scroll = (pixels: number) => `new Promise((done) => {
  const rows = document.querySelector('.rows')
  const tasks = []
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration)
  })
  observer.observe({ type: 'longtask' })
  const frames = []
  let most = 0
  const start = performance.now()
  let last = start
  const frame = (now) => {
    frames.push(now - last)
    last = now
    most = Math.max(most, document.querySelectorAll('.rows tbody tr').length)
    rows.scrollTop = (now - start) / 1000 * ${pixels}
    if (now - start < 2000) return requestAnimationFrame(frame)
    observer.disconnect()
    done({ frames: frames.slice(1).sort((a, b) => a - b), tasks, most })
  }
  requestAnimationFrame(frame)
})`

interface Measured {
  /** Milliseconds between frames, ascending. */
  readonly frames: readonly number[]
  /** Milliseconds of each long task. */
  readonly tasks: readonly number[]
  /** Rows in the document at once. */
  readonly most: number
  /** Milliseconds of CPU time that the page's thread took: script, style, layout, paint. */
  readonly cpu: number
}

/** Scrolls, with the CPU time that this takes: unlike the time between frames it does not depend on other programs. */
async function measure(page: Page, pixels: number): Promise<Measured> {
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const seconds = async () => {
    const { metrics } = await devTools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
  }
  const before = await seconds()
  const seen = (await page.evaluate(scroll(pixels))) as Omit<Measured, 'cpu'>
  return { ...seen, cpu: 1000 * ((await seconds()) - before) }
}

test('10,000 rows scroll while 100 of them change each half second', async () => {
  const { page, problems } = await openPage(browser, `${server.url}#/services`)
  await page.locator('.rows').waitFor()
  expect(await page.locator('.found').textContent()).toBe('10,000 services')
  let next = 0
  const timer = setInterval(() => {
    const some = server.fleet.rows.slice(next, next + 100)
    next = (next + 100) % SERVICES
    server.change(...some.map((row) => ({ ...row, address: `10.99.0.${next % 250}` })))
  }, 500)
  const wheel = await measure(page, 4000)
  const drag = await measure(page, 200_000)
  clearInterval(timer)
  expect(Math.max(wheel.most, drag.most)).toBeLessThan(80)
  expect(await page.locator('.rows tbody tr').last().isVisible()).toBe(false)
  await page.locator('.rows').evaluate((rows) => {
    rows.scrollTop = rows.scrollHeight
  })
  await page.locator(`[data-row="${SERVICES - 1}"]`).waitFor()
  const end = await page.locator('.rows tbody th a').last().textContent()
  expect(end).toBe(server.fleet.rows.at(-1)!.service)

  const typed = await page.evaluate(`(async () => {
    const search = document.querySelector('input[type=search]')
    const start = performance.now()
    search.value = 'service-17'
    search.dispatchEvent(new Event('input', { bubbles: true }))
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
    return performance.now() - start
  })()`)
  await page.locator('.found').getByText('250 of 10,000 services').waitFor()
  expect(problems).toEqual([])
  if (RECORD) await writeResult([wheel, drag], Number(typed))
  await page.context().close()
})

test('a row that breaks is found among 10,000', async () => {
  const { page } = await openPage(browser, `${server.url}#/services?state=broken`)
  await page.locator('.rows').waitFor()
  const before = await page.locator('.rows tbody tr[data-row]').count()
  server.change(brokenRow('team-0200/service-00'))
  await page.locator('.rows').getByRole('link', { name: 'team-0200/service-00' }).waitFor()
  expect(await page.locator('.rows tbody tr[data-row]').count()).toBe(before + 1)
  await page.context().close()
})

async function writeResult(measured: readonly Measured[], typed: number): Promise<void> {
  const ms = (value: number) => `${value.toFixed(1)} ms`
  const at = (share: number) => (one: Measured) =>
    ms(one.frames[Math.floor(share * (one.frames.length - 1))]!)
  const tasks = (one: Measured) =>
    one.tasks.length === 0 ? 'none' : `${one.tasks.length}, at most ${ms(Math.max(...one.tasks))}`
  const line = (what: string, value: (one: Measured) => string | number) =>
    `| ${what} | ${measured.map(value).join(' | ')} |`
  const lines = [
    '# The table of services with 10,000 rows',
    '',
    machine(['src/page', 'test/page/many-rows.test.ts']),
    '',
    `Headless Chromium ${browser.version()}, which draws without a GPU. \`PAGE=record npx vitest run --project mmsg test/page/many-rows\``,
    'writes this file. The table is scrolled for 2 s, as with a wheel and as with the scroll bar, while 100 rows change each half',
    `second. A key in the search is drawn after ${ms(typed)}. On average ${loadavg()[0]!.toFixed(1)} programs wanted the ${cpus().length} cores meanwhile: with`,
    'more than one for each core the times between frames are those of the machine, and only the CPU time is that of the page.',
    '',
    '| measured | 4,000 pixels a second | 200,000 pixels a second |',
    '|---|---|---|',
    line('rows in the document at most', ({ most }) => most),
    line('frames', ({ frames }) => frames.length),
    line('CPU time of the page for each frame', ({ cpu, frames }) => ms(cpu / frames.length)),
    line('time between frames, median', at(0.5)),
    line('time between frames, 99 %', at(0.99)),
    line('time between frames, longest', at(1)),
    line('long tasks (50 ms and more)', tasks),
    '',
  ]
  await writeFile(new URL('RESULT.md', import.meta.url), lines.join('\n'))
}
