// Links between the documents resolve, and docs/README.md lists every page.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const pages = ['*.md', 'docs/**/*.md', 'src/**/*.md'].flatMap((glob) => globSync(glob)).sort()

/** The anchors that GitHub makes of the headings of a page. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Links of a page to files of this repository, as "path#anchor" from the repository's root. */
function linksOf(page: string): string[] {
  const targets = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
  return targets
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => (target.startsWith('#') ? page + target : join(dirname(page), target)))
}

describe('links', () => {
  test.each(pages)('of %s resolve', (page) => {
    const broken = linksOf(page).filter((link) => {
      const [path = '', anchor] = link.split('#')
      return !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor))
    })
    expect(broken).toEqual([])
  })
})

test.each(['docs', 'docs/runbooks'])('README.md of %s lists every page', (folder) => {
  const index = readFileSync(`${folder}/README.md`, 'utf8')
  const others = pages.filter(
    (page) =>
      page.startsWith(`${folder}/`) &&
      page !== `${folder}/README.md` &&
      (folder !== 'docs' || !page.startsWith('docs/runbooks/Cluster')),
  )
  expect(others.length).toBeGreaterThan(5)
  for (const page of others) expect(index).toContain(`(${relative(folder, page)})`)
})

test('README.md links to docs/README.md', () => {
  expect(linksOf('README.md')).toContain('docs/README.md')
})
