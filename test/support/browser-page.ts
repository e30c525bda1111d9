// A page of a test in Chromium, with all that went wrong in it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Look {
  /** "390x844"; a laptop by default. */
  readonly size?: string
  readonly dark?: boolean
}

export interface Opened {
  readonly page: Page
  /** Errors of scripts, of the policy (CSP) and of resources, and addresses of other hosts that were asked. */
  readonly problems: string[]
}

/** Opens the address and waits until the page is live. */
export async function openPage(browser: Browser, url: string, look: Look = {}): Promise<Opened> {
  const [width = 1280, height = 800] = look.size?.split('x').map(Number) ?? []
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: look.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) problems.push(request.url())
  })
  await page.goto(url)
  await page.locator('.connection', { hasText: 'Live' }).waitFor()
  return { page, problems }
}

/** What axe-core finds that is serious or critical: "rule: element". */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // Not as a script element: the policy of the page forbids it.
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[]
  }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

/** Bytes of the text with gzip. */
export function gzipBytes(text: string | Buffer): number {
  return gzipSync(text, { level: 9 }).length
}
