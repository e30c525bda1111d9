// docs/reference/metrics.md has each metric of the server and of the fleet, with its labels and the HELP text of the code.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fleetFamilies } from '../support/fleet-families.ts'

const page = readFileSync('docs/reference/metrics.md', 'utf8')
const [, server = '', fleet = ''] = page.split(/^## /m)
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \| (.+) \|$/gm)].map(
    ([, name, type, labels, help]) => ({
      name: name!,
      type: type!,
      labels: labels!.trim(),
      help: help!,
    }),
  )
const readmeOf = (directive: string) => readFileSync(`src/plugins/${directive}/README.md`, 'utf8')

describe('the DNS server', () => {
  // test/plugins/readmes.test.ts holds the READMEs to the code.
  const documented = globSync('src/plugins/*/README.md').flatMap((file) => {
    const [, section = ''] = /\n## Metrics\n([\s\S]*?)\n## /.exec(readFileSync(file, 'utf8')) ?? []
    return [...section.matchAll(/`((?:coredns|clusterset_dns|process|nodejs)_\w+)/g)].map(
      ([, name]) => name!,
    )
  })

  test('has each metric of the READMEs, and no other', () => {
    expect(
      rowsOf(server)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...new Set(documented)].sort())
  })

  const sources = globSync('src/{plugins,server,runtime,kube}/**/*.ts').map((file) =>
    readFileSync(file, 'utf8'),
  )
  const sections = server.split(/^### /m).slice(1)
  const rows = sections.flatMap((section) => {
    const directive = section.slice(0, section.indexOf('\n'))
    return rowsOf(section).map((row) => ({ directive, ...row }))
  })

  test.each(rows)(
    '$name has the labels of the README of $directive',
    ({ directive, name, labels }) => {
      const [, found = ''] = new RegExp(`\`${name}(?:\\{([^}]*)\\})?\``).exec(
        readmeOf(directive),
      ) ?? ['', '?']
      expect(labels).toBe(found.replaceAll(/\s+/g, ' '))
    },
  )

  test.each(rows)('$name has the HELP text of the file that counts it', ({ name, type, help }) => {
    const own = sources.filter(
      (text) =>
        text.includes(`'${name}'`) ||
        (text.includes("'coredns_kubernetes_rest_client'") &&
          text.includes(name.replace('coredns_kubernetes_rest_client', 'PREFIX}'))),
    )
    expect(own.some((text) => text.includes(`'${help}'`))).toBe(true)
    expect(['counter', 'gauge', 'histogram']).toContain(type)
    expect(type === 'counter').toBe(name.endsWith('_total'))
  })
})

test('the fleet has each metric with its type and HELP text', async () => {
  const families = await fleetFamilies()
  const texts = (all: readonly { name: string; type: string; help: string }[]) =>
    all.map(({ name, type, help }) => `${name} ${type} ${help}`).sort()
  expect(texts(rowsOf(fleet))).toEqual(texts(families))
  // docs/fleet.md explains the labels, and test/docs/fleet.test.ts holds its names to the code.
  const explained = readFileSync('docs/fleet.md', 'utf8')
  for (const { name, labels } of rowsOf(fleet)) {
    expect(explained).toMatch(new RegExp(`^\\| \`${name}\` \\| *${labels} *\\|`, 'm'))
  }
})

test.each(['README.md', ...globSync('docs/*.md'), ...globSync('docs/runbooks/*.md')].sort())(
  '%s names only metrics that exist',
  (file) => {
    const known = new Set([...rowsOf(server), ...rowsOf(fleet)].map(({ name }) => name))
    const named = readFileSync(file, 'utf8').matchAll(
      /`((?:coredns|clusterset_dns|nodejs)_\w+)(?![\w*])/g,
    )
    const unknown = [...named]
      .map(([, name]) => name!)
      // `coredns_dns_*` stands for many.
      .filter((name) => !name.endsWith('_'))
      .filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')))
    expect(unknown).toEqual([])
  },
)
