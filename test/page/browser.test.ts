// The page in a real Chromium, in front of a made-up fleet: what people see and do.
import { globSync, readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { gzipBytes, openPage, seriousFindings } from '../support/browser-page.ts'
import { startChromium } from '../support/chromium.ts'
import {
  type FakeFleet,
  type FakePageServer,
  fakeFleet,
  startFakePage,
} from '../support/fake-page-server.ts'
import {
  awayCluster,
  brokenRow,
  cluster,
  countsOf,
  mapDocument,
  row,
} from '../support/page-documents.ts'
import { waitFor } from '../support/wait-for.ts'

let browser: Browser
// The first run downloads it.
beforeAll(async () => {
  browser = await startChromium()
}, 300_000)
afterAll(() => browser?.close())

const wellFleet = () =>
  fakeFleet(
    [cluster('east'), cluster('north'), cluster('west')],
    ['api', 'cart', 'search', 'web'].map((name) => row(`shop/${name}`)),
  )
/** A cluster is away, a service is broken and another one is in conflict. */
const illFleet = () =>
  fakeFleet(
    [cluster('east'), awayCluster('north'), cluster('west')],
    [row('shop/api'), brokenRow('shop/cart'), row('shop/search', { conflicts: ['PortConflict'] })],
  )

let server: FakePageServer | undefined
let opened: Awaited<ReturnType<typeof openPage>> | undefined
afterEach(async () => {
  const problems = opened?.problems ?? []
  await opened?.page.context().close()
  await server?.close()
  opened = undefined
  server = undefined
  // In each test: no error of a script, nothing that the policy forbids, no other host.
  expect(problems).toEqual([])
})

/** Opens a view of this fleet. */
async function open(fleet: FakeFleet, address = '', look = {}): Promise<Page> {
  server = await startFakePage(fleet)
  opened = await openPage(browser, server.url + address, look)
  return opened.page
}

const heading = (page: Page) => page.locator('.headline h1')
const said = async (page: Page, text: string | RegExp) =>
  await page.locator('body').getByText(text).first().waitFor()

describe('the map', () => {
  test('says in one sentence that all is well', async () => {
    const page = await open(wellFleet())
    expect(await heading(page).textContent()).toBe('All is well: 3 clusters in sync, 4 services.')
    expect(await page.title()).toBe('All is well: 3 clusters in sync, 4 services. · Clusterset')
  })

  test('shows a cluster that goes away at once, in words, and nothing moves', async () => {
    const page = await open(wellFleet())
    const places = () =>
      page
        .locator('.node > g')
        .evaluateAll((nodes) => nodes.map((one) => one.getAttribute('transform')))
    const before = await places()
    const { fleet, send } = server!
    const clusters = [cluster('east'), awayCluster('north'), cluster('west')]
    const { flows: _, services: __, ...status } = { ...mapDocument(clusters, countsOf(fleet.rows)) }
    send('status', { ...status, kind: 'FleetStatus', version: '', conflicts: [], retries: [] })
    await heading(page).getByText('north cannot be reached.').waitFor()
    await page.getByRole('link', { name: /^north away/ }).waitFor()
    expect(await page.locator('.node.bad').textContent()).toContain('away')
    expect((await places()).sort()).toEqual(before.sort())
  })

  test('opens a cluster at an address of its own, with what to type', async () => {
    const page = await open(illFleet())
    await page.locator('.headline h1 a').click()
    expect(page.url()).toBe(`${server!.url}#/map?cluster=north`)
    const panel = page.getByRole('region', { name: 'Cluster north' })
    expect(await panel.textContent()).toContain('connect ECONNREFUSED')
    await panel.getByRole('button', { name: /^Copy/ }).click()
    await said(page, 'Copied')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'kubectl --context north get --raw /readyz',
    )
  })
})

describe('from a fault to its command', () => {
  test('a service breaks; the headline leads to it, and its view to the command', async () => {
    const page = await open(wellFleet())
    server!.change(brokenRow('shop/cart'))
    await heading(page).getByText('1 of 4 services is broken.').click()
    expect(page.url()).toBe(`${server!.url}#/services?state=broken`)
    await page.getByRole('link', { name: 'shop/cart' }).click()
    expect(page.url()).toBe(`${server!.url}#/service/shop/cart`)
    const first = page.locator('.panel.broken')
    expect(await first.textContent()).toContain('Mend this first: namespace at west')
    await first.getByRole('button').click()
    await said(page, 'Copied')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'kubectl --context west create namespace shop',
    )
    expect(await page.locator('.first-broken').textContent()).toMatch(/^broken.*west/)
    await said(page, '3 ready endpoints, 2 before')
    await said(page, 'NamespaceMissing: create the namespace to import the service')
    await said(page, 'Conflict=False')
  })

  test('mended, the headline is well again, and the open view has changed', async () => {
    const page = await open(illFleet(), '#/service/shop/cart')
    await page.locator('.panel.broken').waitFor()
    server!.change(row('shop/cart'))
    await page.locator('.panel.broken').waitFor({ state: 'detached' })
    expect(await page.locator('.service-head .state').textContent()).toBe('warning')
  })

  test('exports that disagree are a line of the headline, and marked in the table', async () => {
    const page = await open(illFleet())
    await page.locator('.headline').getByText('1 service has exports that disagree.').click()
    expect(page.url()).toBe(`${server!.url}#/services?conflict=yes`)
    await page.locator('.rows').waitFor()
    expect(await page.locator('.rows tbody tr[data-row]').allTextContents()).toEqual([
      expect.stringMatching(/shop\/search.*conflict/),
    ])
  })
})

describe('the table of services', () => {
  const shown = (page: Page) => page.locator('.rows tbody th a').allTextContents()

  test('an address restores search and filters', async () => {
    const page = await open(illFleet(), '#/services?q=shop&state=problem&importer=east')
    await page.locator('.rows').waitFor()
    expect(await shown(page)).toEqual(['shop/cart'])
    expect(await page.getByLabel('Search').inputValue()).toBe('shop')
    expect(await page.getByRole('combobox', { name: 'State' }).inputValue()).toBe('problem')
    expect(await page.getByLabel('Into').inputValue()).toBe('east')
    await said(page, '1 of 3 services')
  })

  test('typing and choosing change the address, and "back" leaves the table', async () => {
    const page = await open(illFleet())
    await page.getByRole('link', { name: 'Services', exact: true }).click()
    await page.getByLabel('Search').fill('api')
    await waitFor('the rows', async () => (await shown(page)).join() === 'shop/api')
    await page.getByLabel('From').selectOption('east')
    await page.getByLabel('Namespace').selectOption('shop')
    expect(page.url()).toBe(`${server!.url}#/services?q=api&source=east&namespace=shop`)
    await page.goBack()
    await page.locator('figure.map').waitFor()
  })

  test('rows change as events come', async () => {
    const page = await open(illFleet(), '#/services?state=broken')
    await page.locator('.rows').waitFor()
    server!.change(brokenRow('shop/api'))
    await waitFor('two rows', async () => (await shown(page)).length === 2)
  })
})

describe('the connection', () => {
  test('gone: "stale since" is to be seen, and what was well is only the last known', async () => {
    const page = await open(wellFleet(), '#/services')
    await page.locator('.rows').waitFor()
    server!.cut(true)
    const bar = page.locator('.stale')
    await bar.waitFor()
    expect(await bar.textContent()).toMatch(/^Stale since \d\d:\d\d:\d\d \(.*\)/)
    expect(await heading(page).textContent()).toMatch(/^Last known: All is well/)
    expect(await page.locator('.headline').getAttribute('class')).toContain('unknown')

    server!.cut(false)
    server!.change(brokenRow('shop/cart'))
    await bar.getByRole('button', { name: 'Try now' }).click()
    await bar.waitFor({ state: 'detached' })
    await heading(page).getByText('1 of 4 services is broken.').waitFor()
    await page.locator('.rows tr.broken').waitFor()
    // The browser tells of each connection that was cut.
    expect(opened!.problems.splice(0).join('\n')).toMatch(
      /^(Failed to load resource: net::ERR_[A-Z_]+\n?)+$/,
    )
  })
})

describe('the table, asked for while the fleet is away', () => {
  test('is read when the fleet is back', async () => {
    const page = await open(wellFleet())
    server!.cut(true)
    await page.locator('.stale').waitFor()
    await page.getByRole('link', { name: 'Services', exact: true }).click()
    await said(page, 'Services cannot be read.')
    server!.cut(false)
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.locator('.rows').waitFor()
    opened!.problems.splice(0)
  })
})

describe('the changes', () => {
  test('have a histogram for each pair, the slowest services and the reason of a retry', async () => {
    const page = await open(wellFleet(), '#/changes')
    await page.locator('.pair').first().waitFor()
    expect(await page.locator('.pair').count()).toBe(6)
    expect(await page.locator('.pair svg').first().getAttribute('aria-label')).toMatch(
      /changes in .* to /,
    )
    await said(page, 'policy.example')
    expect(await page.locator('.lines').last().textContent()).toContain(
      '3.4 sshop/checkouteast → north',
    )
  })

  test('of one cluster have an address', async () => {
    const page = await open(wellFleet(), '#/changes?cluster=west')
    await page.locator('.pair').first().waitFor()
    expect(await page.locator('.pair').count()).toBe(4)
  })
})

describe('an empty view says what to do next', () => {
  const nobody = () => fakeFleet([], [])
  const noService = () => fakeFleet([cluster('east')], [])
  const follower = () => {
    const fleet = wellFleet()
    const { propagation } = fleet
    return { ...fleet, propagation: { ...propagation, pairs: null, slowest: null, retries: null } }
  }
  const nothingChanged = () => {
    const fleet = wellFleet()
    return { ...fleet, propagation: { ...fleet.propagation, pairs: [], slowest: [], retries: [] } }
  }
  test.each([
    ['without clusters', nobody, '', 'clusterset-dns fleet join'],
    ['without services', noService, '#/services', 'create a ServiceExport'],
    ['without a connection between clusters', noService, '', 'No cluster serves another one yet'],
    ['without a match', wellFleet, '#/services?q=nothing', 'Show all 4'],
    [
      'of a service that nobody has',
      wellFleet,
      '#/service/shop/nothing',
      'No cluster has a ServiceExport',
    ],
    ['of a replica that does not lead', follower, '#/changes', 'Ask fleet-0'],
    ['without a change', nothingChanged, '#/changes', 'Scale a Deployment'],
    ['at a wrong address', wellFleet, '#/nothing', 'leads nowhere'],
  ])('%s', async (_, fleet, address, text) => {
    const page = await open(fleet(), address)
    await said(page, text)
  })
})

describe('with the keyboard alone', () => {
  const focused = (page: Page) =>
    page.evaluate("document.activeElement?.textContent || document.activeElement?.tagName || ''")

  test('from the map to a broken service and its command', async () => {
    const page = await open(illFleet())
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to the content')
    for (const name of ['Map', 'Services']) {
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe(name)
    }
    await page.keyboard.press('Enter')
    await page.locator('.rows').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('cart')
    await waitFor('the row', async () => (await page.locator('.rows tbody th a').count()) === 1)
    while (!((await focused(page)) as string).includes('shop/cart'))
      await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('.panel.broken').waitFor()
    while ((await focused(page)) !== 'Copy') await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await said(page, 'Copied')
  })

  test('arrow keys move through the rows', async () => {
    const page = await open(wellFleet(), '#/services')
    await page.locator('.rows tbody th a').first().focus()
    for (const [key, row] of [
      ['ArrowDown', 'shop/cart'],
      ['End', 'shop/web'],
      ['ArrowUp', 'shop/search'],
      ['Home', 'shop/api'],
    ] as const) {
      await page.keyboard.press(key)
      await waitFor(`${key} leads to ${row}`, async () => (await focused(page)) === row)
    }
  })

  test('clusters of the map take the focus and open', async () => {
    const page = await open(wellFleet())
    await page.locator('.node').first().focus()
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Cluster east' }).waitFor()
  })
})

const ADDRESSES = ['#/map', '#/map?cluster=north', '#/services', '#/service/shop/cart', '#/changes']

describe('for everybody', () => {
  test.each([['light', '1280x800', false] as const, ['dark', '390x844', true] as const])(
    'axe-core finds nothing serious in any view (%s, %s)',
    async (_, size, dark) => {
      const page = await open(illFleet(), '', { size, dark })
      const findings: Record<string, readonly string[]> = {}
      for (const address of ADDRESSES) {
        await page.goto(server!.url + address)
        await page.locator('main :is(.clusters, .rows, .chain, .pairs)').first().waitFor()
        findings[address] = await seriousFindings(page)
      }
      expect(findings).toEqual(Object.fromEntries(ADDRESSES.map((address) => [address, []])))
    },
  )

  test.each(['390x844', '3840x2160'])('no view is wider than a screen of %s', async (size) => {
    const page = await open(illFleet(), '', { size })
    for (const address of ADDRESSES) {
      await page.goto(server!.url + address)
      await page.locator('main :is(.clusters, .rows, .chain, .pairs)').first().waitFor()
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect(width, address).toBeLessThanOrEqual(Number(size.split('x')[0]))
    }
  })

  test('who wants less motion gets none', async () => {
    const page = await open(wellFleet())
    const moving =
      "[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).transitionDuration !== '0s').length"
    expect(await page.evaluate(moving)).toBe(0)
  })
})

describe('the files of the page', () => {
  const files = globSync('dist/page/*.{html,js,css,svg,txt}')
  const text = (ending: string) =>
    files
      .filter((file) => file.endsWith(ending))
      .map((file) => readFileSync(file, 'utf8'))
      .join('')

  test('are at most 200 kB with gzip', () => {
    const bytes = files
      .filter((file) => !file.endsWith('.txt'))
      .map((file) => gzipBytes(readFileSync(file)))
    expect(files.length).toBeGreaterThan(4)
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(200_000)
  })

  test('have the hash of their content in their names, and index.html asks for these', () => {
    const html = text('index.html')
    for (const ending of ['.js', '.css', '.svg']) {
      const [file = ''] = files.filter((one) => one.endsWith(ending))
      expect(file).toMatch(/-[0-9a-f]{12}\.\w+$/)
      expect(html).toContain(file.split('/').at(-1))
    }
  })

  test('have the licenses of the packages inside', () => {
    for (const name of [
      'preact',
      '@preact/signals',
      '@preact/signals-core',
      'eventsource-parser',
    ]) {
      expect(text('licenses.txt')).toMatch(new RegExp(`^${name} [\\d.]+ \\(MIT\\)$`, 'm'))
    }
  })
})
