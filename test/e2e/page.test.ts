// The page of a fleet of two real API servers, in a real Chromium: each fault is seen, and mended with what the page says.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage } from '../support/browser-page.ts'
import { startChromium } from '../support/chromium.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type FleetClusters, startFleetClusters } from '../support/fleet-clusters.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { helloExport, helloPorts, helloService, helloSlice, namespaceObject } from './hello.ts'

/** Milliseconds for what a watch, a reconcile and an event of the page take together. */
const SOON = { timeout: 60_000 }

describeWithTools('the page of a fleet on two real API servers', (tools) => {
  let clusters: FleetClusters | undefined
  let fleet: OurFleet | undefined
  let browser: Browser | undefined
  let page: Page
  let problems: string[]

  beforeAll(async () => {
    clusters = await startFleetClusters({ tools, ids: ['hub', 'east'] })
    const lines = ['page: {enabled: true}']
    fleet = await startOurFleet({ members: clusters.members, lines })
    browser = await startChromium()
    ;({ page, problems } = await openPage(browser, `${fleet.url}/`))
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await fleet?.stop()
    await clusters?.stop()
  }, 60_000)

  const east = () => clusters!.clusters[1]!
  const hub = () => clusters!.clusters[0]!
  const headline = (text: string | RegExp) =>
    page.locator('.headline').getByText(text).first().waitFor(SOON)
  const mendFirst = (text: string) =>
    page.locator('.panel.broken h3').getByText(`Mend this first: ${text}`).waitFor(SOON)
  /** The command that the page gives for the first broken link. */
  const command = async () => {
    await page.locator('.panel.broken button').click()
    await page.getByText('Copied').first().waitFor()
    return String(await page.evaluate('navigator.clipboard.readText()'))
  }
  const spec = { selector: undefined }

  test('a fleet without services is well, and says how to export one', async () => {
    await headline('All is well: 2 clusters in sync, 0 services.')
    await page.getByRole('link', { name: 'Services', exact: true }).click()
    await page.getByText('No service is exported yet.').waitFor()
  })

  test('an exported service is followed from its first broken link until it is whole', async () => {
    await east().apply([
      namespaceObject('shop'),
      helloService('shop', spec),
      helloSlice('shop', helloPorts, ['10.1.0.1', '10.1.0.2']),
      helloExport('shop'),
    ])
    await page.locator('.rows').getByRole('link', { name: 'shop/hello' }).click(SOON)
    await mendFirst('namespace at hub')
    expect(await command()).toMatch(/^kubectl .*create namespace shop$/)
    await hub().apply([namespaceObject('shop')])
    await mendFirst('import at hub')
    expect(await command()).toMatch(/"kind":"ServiceImport"/)
    const metadata = { name: 'hello', namespace: 'shop' }
    const apiVersion = 'multicluster.x-k8s.io/v1beta1'
    const ports = helloPorts
    await hub().apply([
      { apiVersion, kind: 'ServiceImport', metadata, spec: { type: 'ClusterSetIP', ports } },
    ])
    await page.locator('.panel.broken').waitFor({ state: 'detached', ...SOON })
    await page.locator('.history').getByText('address at hub').first().waitFor(SOON)
    await page.locator('.conditions').getByText('Ready=True').first().waitFor(SOON)
    await headline('All is well: 2 clusters in sync, 1 service.')
  })

  test('the map shows who serves whom, and the changes how long it took', async () => {
    await page.getByRole('link', { name: 'Map', exact: true }).click()
    await page.locator('.flow text').getByText('1', { exact: true }).waitFor(SOON)
    await east().apply([helloSlice('shop', helloPorts, ['10.1.0.1', '10.1.0.3'])])
    await page.getByRole('link', { name: 'Changes', exact: true }).click()
    await page.locator('.pair h3').getByText('east → hub').waitFor(SOON)
    await page.locator('.lines').getByRole('link', { name: 'shop/hello' }).waitFor(SOON)
  })

  test('exports that disagree are seen', async () => {
    const ports = [{ name: 'tcp', port: 43, protocol: 'TCP' }]
    await hub().apply([helloService('shop', { ...spec, ports }), helloExport('shop')])
    await headline('1 service has exports that disagree.')
    await page
      .locator('.headline')
      .getByText('1 service has exports that disagree.')
      .first()
      .click()
    await page.locator('.rows .badge').getByText('conflict').waitFor(SOON)
    await page.locator('.rows').getByRole('link', { name: 'shop/hello' }).click()
    await page
      .locator('.chain li', { hasText: 'conflicts' })
      .getByText('warning')
      .first()
      .waitFor(SOON)
    await hub().remove([helloExport('shop')])
    await headline('All is well: 2 clusters in sync, 1 service.')
  })

  test('a cluster that dies is seen at once, and when it is back', async () => {
    await page.getByRole('link', { name: 'Map', exact: true }).click()
    await east().kill9Apiserver()
    await headline('east cannot be reached.')
    await page.locator('.node.bad').getByText('east').waitFor()
    await page.locator('.node.bad').getByText(/^away/).waitFor()
    await east().restartApiserver()
    await headline('All is well')
  }, 150_000)

  test('a fleet that stops leaves the page stale', async () => {
    await fleet!.stop()
    await page
      .locator('.stale')
      .getByText(/^Stale since /)
      .waitFor(SOON)
    expect(problems.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
  })
})
