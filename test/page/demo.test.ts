// The page of the demo, which `npm start` shows, in a real Chromium: the build in a folder with manifests of its own.
import { cp, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage } from '../support/browser-page.ts'
import { type Child, startChild } from '../support/child.ts'
import { startChromium } from '../support/chromium.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

const SOON = { timeout: 60_000 }

let folder: string
let child: Child
let browser: Browser
let page: Page
let problems: string[]

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'demo-page-')))
  for (const part of ['dist', 'deploy/demo', 'Corefile.example', 'package.json']) {
    await cp(part, join(folder, part), { recursive: true })
  }
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  const args = [join(folder, 'dist/cli.js'), 'demo', '-p', String(await freePort())]
  child = startChild('demo', process.execPath, args)
  const address = /Look at the clusterset: (\S+)/
  await waitFor('the address of the page', () => address.test(child.output()), {
    timeoutMs: 60_000,
    detail: child.tail,
  })
  browser = await startChromium()
  ;({ page, problems } = await openPage(browser, address.exec(child.output())![1]!))
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await child?.stop()
  await rm(folder, { recursive: true })
})

const headline = (text: string) => page.locator('.headline').getByText(text).first().waitFor(SOON)

test('all is well, and the map shows who serves whom', async () => {
  await headline('All is well: 2 clusters in sync, 3 services.')
  expect(await page.locator('.flow text').allTextContents()).toEqual(['3'])
})

test('a changed address is in the history of its service, and in the propagation', async () => {
  await page.getByRole('link', { name: 'Services', exact: true }).click()
  await page.getByRole('link', { name: 'provider-ns/headless' }).click()
  await page.locator('.chain').waitFor()
  const file = join(folder, 'deploy/demo/cluster1-beijing/headless.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace('10.1.0.22', '10.1.0.99'))
  await page
    .locator('.history')
    .getByText(/10\.1\.0\.99/)
    .first()
    .waitFor(SOON)
  await page.getByRole('link', { name: 'Changes', exact: true }).click()
  await page.locator('.pair h3').getByText('cluster1-beijing → cluster2-shanghai').waitFor(SOON)
})

test('a service whose manifest goes is broken, and whole when it comes back', async () => {
  const file = join(folder, 'deploy/demo/cluster1-beijing/service1.yaml')
  const text = await readFile(file, 'utf8')
  const documents = text.split(/^---$/m)
  const service = documents.filter((one) => /^kind: Service$/m.test(one))
  expect(service).toHaveLength(1)
  await writeFile(`${file}.new`, documents.filter((one) => one !== service[0]).join('---'))
  await rename(`${file}.new`, file)
  await headline('1 of 3 services is broken.')
  await page.locator('.headline').getByText('1 of 3 services is broken.').first().click()
  await page.getByRole('link', { name: 'provider-ns/service1' }).click()
  await page.getByText('Mend this first: service at cluster1-beijing').waitFor(SOON)
  await writeFile(file, text)
  await headline('All is well')
  expect(problems).toEqual([])
})
