// Each plugin's README has the fixed sections, and its syntax, examples, metrics and links match the code.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RequestMetrics } from '../../src/kube/request-metrics.ts'
import { directives } from '../../src/plugins/directives.ts'
import { explainConfig, loadConfig } from '../../src/plugins/load.ts'
import type { Plugin } from '../../src/plugins/plugin.ts'
import { fakeFiles } from '../corefile/fake-files.ts'

const FOLDER = 'src/plugins'
const SECTIONS = [
  'Name',
  'Description',
  'Syntax',
  'Metrics',
  'Ready',
  'Examples',
  'Differences from CoreDNS',
]

const plugins = [...directives.values()].filter((plugin): plugin is Plugin => plugin !== undefined)
const pathOf = (name: string) => join(FOLDER, name, 'README.md')
const textOf = (name: string) => readFileSync(pathOf(name), 'utf8')

const options = (text: string) => ({
  file: 'Corefile',
  text,
  port: 53,
  env: {},
  files: fakeFiles({
    '/etc/resolv.conf': 'nameserver 10.0.0.1\n',
    '/etc/coredns/NodeHosts': '',
    '/etc/block.hosts': '',
    '/etc/coredns/weights': '',
    '/etc/coredns/search.conf': 'search example.org\n',
    '/etc/coredns/zones/db.example.org': '',
    '/etc/coredns/db.example.org': '@ IN SOA ns1 admin 1 7200 3600 1209600 3600\n',
  }),
  cwd: '/DIR',
  parallelism: 8,
  interfaces: {
    lo: [
      { address: '127.0.0.1', family: 'IPv4' },
      { address: '::1', family: 'IPv6' },
    ],
    eth0: [{ address: '10.0.0.5', family: 'IPv4' }],
  },
})

/** The text without its fenced blocks. */
function prose(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```$/gms, '')
}

/** The text of a section, without its heading. */
function section(text: string, title: string): string {
  const start = text.indexOf(`\n## ${title}\n`)
  if (start < 0) return ''
  const end = text.indexOf('\n## ', start + 1)
  return text.slice(start, end < 0 ? undefined : end).replace(/^\n.*\n/, '')
}

/** The fenced blocks of a language. */
function fences(text: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')
  return [...text.matchAll(pattern)].map(([, block]) => block!)
}

/** The names of metrics that a Metrics section gives. */
function metricNames(text: string): string[] {
  const names = section(text, 'Metrics').matchAll(
    /`((?:coredns|clusterset_dns|process|nodejs)_\w+)/g,
  )
  return [...names].map(([, name]) => name!)
}

test('every plugin has a folder, and every folder is a plugin with a README', () => {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((one) => one.isDirectory())
  const names = plugins.map(({ name }) => name).sort()
  expect(folders.map(({ name }) => name).sort()).toEqual(names)
  expect(names.filter((name) => !existsSync(pathOf(name)))).toEqual([])
})

describe.each(plugins)('README.md of $name', ({ name }) => {
  const text = textOf(name)

  test('has the sections of CoreDNS, in order', () => {
    const headings = [...prose(text).matchAll(/^(#+ .*)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual([`# ${name}`, ...SECTIONS.map((title) => `## ${title}`)])
    const empty = SECTIONS.filter((title) => section(text, title).trim() === '')
    expect(empty).toEqual([])
  })

  test('says in one line what the plugin does', () => {
    expect(section(text, 'Name')).toMatch(new RegExp(`^\\n\\*${name}\\* - [^\\n]+\\.\\n$`))
  })

  test('has examples that use the plugin and load without a warning', () => {
    const examples = fences(section(text, 'Examples'), 'corefile')
    expect(examples.length).toBeGreaterThan(0)
    expect(fences(text, 'corefile')).toEqual(examples)
    for (const example of examples) {
      const lines = explainConfig(options(example)).map((line) => line.text)
      expect(lines.some((line) => line.startsWith(`${name}: `))).toBe(true)
      expect(loadConfig(options(example)).warnings).toEqual([])
    }
  })
})

/** A syntax: its words before the block, and its options. */
function partsOf(syntax: string): { readonly head: string; readonly options: readonly string[] } {
  const [, head = syntax, body] = /^(.*) \{ (.*) \}$/.exec(syntax) ?? []
  return { head, options: body?.split('; ') ?? [] }
}

/** What stands for a placeholder in a Corefile: by plugin and placeholder, or by placeholder. */
const SAMPLES: Readonly<Record<string, string>> = {
  'autopath FILE': '/etc/coredns/search.conf',
  'bind ADDRESS': '127.0.0.1',
  'forward ADDRESS': '10.0.0.1',
  'forward DURATION': '10s',
  'hosts INLINE': '10.0.0.1 a.test',
  'loadbalance FILE': '/etc/coredns/weights',
  'loadbalance POLICY': 'weighted',
  'rewrite FIELD': 'name',
  'rewrite FROM': 'a.test',
  'rewrite TO': 'b.test',
  'template RR': '"a.test A 10.0.0.1"',
  ADDRESS: '127.0.0.1:0',
  ALLOWANCE: '20',
  AMOUNT: '10',
  AUTHORS: 'Ada',
  BURST: '10',
  BYTES: '1000000',
  CA: 'ca.crt',
  CACERT: 'ca.crt',
  CAPACITY: '10000',
  CERT: 'client.crt',
  CLASS: 'IN',
  CONTEXT: 'east',
  CIDR: '10.0.0.0/8',
  COUNT: '2',
  DATA: 'ns1',
  DBFILE: '/etc/coredns/db.example.org',
  DIR: 'manifests',
  DURATION: '5s',
  ENDPOINTS: '100',
  FILE: 'kubeconfig',
  FORMAT: '"{name}"',
  FQDN: 'a.test',
  FROM: '.',
  GET: 'GET',
  INFOCODE: '21',
  INTEGER: '1000',
  INTERFACE: 'eth0',
  INTERVAL: '10s',
  JITTER: '5s',
  KEY: 'client.key',
  LENGTH: '24',
  MAX: '10',
  MINTTL: '5',
  N: '2',
  NAME: 'a.test',
  NAMES: 'a.test',
  NAMESPACE: 'default',
  PERCENTAGE: '20%',
  PORTS: '100',
  POST: 'POST',
  PREFIX: '64:ff9b::/96',
  QPS: '1.5',
  QTYPE: 'A',
  RCODE: 'REFUSED',
  RECHECK: '10s',
  REGEXP: '^(a)',
  RESPONSETTL: '30s',
  SECONDS: '30',
  SELECTOR: 'app=web',
  SIZE: '1232',
  SOURCE: '10.0.0.0/8',
  TEMPLATE: '{1}',
  TEXT: 'blocked',
  TIMEOUT: '100ms',
  TO: '10.0.0.1',
  TTL: '30',
  TYPE: 'A',
  URL: 'https://10.0.0.1:6443',
  VERSION: 'v1',
  ZONES: 'a.test',
}

/** Options without which a directive is refused. */
const REQUIRED: Readonly<Record<string, string>> = {
  cache: 'serve_stale',
  header: 'response set aa',
  kubernetes: 'multicluster a.test',
  rrl: 'responses-per-second 20',
  timeouts: 'read 5s',
}

/** The directive that has an option, where it is not the shortest one. */
const HEADS: Readonly<Record<string, string>> = {
  'loadbalance reload DURATION': 'loadbalance weighted /etc/coredns/weights',
}

/** What must stand behind the other options: before it, any line is one of a hosts file. */
const LAST: Readonly<Record<string, string>> = { hosts: 'fallthrough' }

/** The lines that a piece of syntax allows: the shortest, and one with all arguments for each alternative. */
function linesOf(plugin: string, syntax: string): string[] {
  let depth = 0
  const words = syntax.split(' ').map((word) => {
    const optional = depth > 0 || word.startsWith('[')
    depth += word.split('[').length - word.split(']').length
    const bare = word.replaceAll(/[[\]]/g, '')
    const values = bare.replace(/\.\.\.$/, '').split('|')
    return { optional, repeated: bare.endsWith('...'), values: values.map(sampleOf) }
  })
  function sampleOf(word: string): string {
    if (!/^[A-Z]+$/.test(word)) return word
    const sample = SAMPLES[`${plugin} ${word}`] ?? SAMPLES[word]
    if (sample === undefined) throw new Error(`no sample for ${word}`)
    return sample
  }
  const shortest = words.filter(({ optional }) => !optional).map(({ values }) => values[0]!)
  const longest = (choice: number): string[] =>
    words.flatMap(({ repeated, values }) => {
      const value = (i: number) => values[i % values.length]!
      return repeated ? [value(choice), value(choice + 1)] : [value(choice)]
    })
  const choices = Math.max(...words.map(({ values }) => values.length))
  const lines = [shortest, ...Array.from({ length: choices }, (_, i) => longest(i))]
  return [...new Set(lines.map((line) => line.join(' ')))]
}

/** A Corefile with one directive. */
function corefile(name: string, line: string, option?: string): string {
  const body = [REQUIRED[name], option, LAST[name]].filter((one) => one !== undefined)
  const block = body.length === 0 ? '' : ` {\n  ${body.join('\n  ')}\n }`
  return `a.test {\n ${line}${block}\n}\n`
}

/** The warnings of a Corefile, or its error. */
function loadOrWarn(text: string): { readonly warnings: readonly string[] } {
  try {
    return loadConfig(options(text))
  } catch (error) {
    return { warnings: [String(error)] }
  }
}

describe.each(plugins)('the syntax of $name', ({ name, syntax }) => {
  const text = section(textOf(name), 'Syntax')
  const { head, options: optionSyntaxes } = partsOf(syntax)
  const [bare = ''] = linesOf(name, head)

  test('stands in the README as in the code', () => {
    const [block = ''] = fences(text, 'txt')
    const [first = '', ...rest] = block.trim().split(/\s*\n\s*/)
    const lines = rest.filter((line) => line !== '}')
    const body = lines.length === 0 ? '' : ` ${lines.join('; ')} }`
    expect(`${first}${body}`).toBe(syntax)
  })

  test('is explained in the README word by word', () => {
    const words = [...syntax.matchAll(/[\w-]+/g)].map(([word]) => word).slice(1)
    const marked = words.map((word) => (/^[A-Z]+$/.test(word) ? `**${word}**` : `\`${word}\``))
    const explanations = prose(text)
    expect(marked.filter((word) => !explanations.includes(word))).toEqual([])
  })

  test.each(linesOf(name, head))('%s is accepted', (line) => {
    expect(loadConfig(options(corefile(name, line))).blocks).toHaveLength(1)
  })

  test.each(
    optionSyntaxes.flatMap((option) => {
      const line = HEADS[`${name} ${option}`] ?? bare
      return linesOf(name, option).map((text) => [text, line] as const)
    }),
  )('{ %s } is accepted', (option, line) => {
    expect(loadConfig(options(corefile(name, line, option))).blocks).toHaveLength(1)
  })

  test('has no other option or argument', () => {
    if (optionSyntaxes.length > 0) {
      // `hosts` warns, because the line may be one of a hosts file.
      const { warnings } = loadOrWarn(corefile(name, bare, 'invented'))
      expect(warnings.join('\n')).toMatch(/invented/)
    } else {
      const longest = linesOf(name, head).at(-1)!
      // Behind arguments that may be repeated, a word is one of them.
      const invented = /\.\.\.\]*$/.test(head) ? '{\n  invented\n }' : 'invented'
      expect(() => loadConfig(options(corefile(name, `${longest} ${invented}`)))).toThrow(
        `plugin/${name}: `,
      )
    }
  })
})

describe('metrics', () => {
  const source = globSync('src/**/*.ts')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const requests = new RequestMetrics()
  requests.observe('api', '200', 0)
  /** Their names are put together from a prefix. */
  const requestMetrics = requests.families().map((family) => family.name)
  const documented = plugins.flatMap(({ name }) => metricNames(textOf(name)))

  test.each(plugins)('README.md of $name has some, or says that there are none', ({ name }) => {
    const text = section(textOf(name), 'Metrics').trim()
    expect(metricNames(textOf(name)).length > 0).toBe(!text.startsWith('None.'))
  })

  test('the code has those of the READMEs', () => {
    const unknown = documented.filter(
      (name) => !requestMetrics.includes(name) && !source.includes(`'${name}'`),
    )
    expect(unknown).toEqual([])
  })

  test('the READMEs have those of the server', () => {
    const files = globSync('src/{plugins,runtime,server}/**/*.ts')
    const names = files.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /'((?:coredns|clusterset_dns|process|nodejs)_\w+)'/g,
        ),
      ].map(([, name]) => name!),
    )
    const missing = [...requestMetrics, ...names].filter((name) => !documented.includes(name))
    expect(missing).toEqual([])
  })
})

describe('links', () => {
  const compatibility = 'docs/compatibility.md'

  /** The anchors of a file's headings, as GitHub makes them. */
  function anchorsOf(file: string): string[] {
    const headings = [...prose(readFileSync(file, 'utf8')).matchAll(/^#+ (.*)$/gm)]
    return headings.map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    )
  }

  test.each(['README.md', compatibility, ...plugins.map(({ name }) => pathOf(name))])(
    'of %s lead to files and headings that exist',
    (file) => {
      const links = [...prose(readFileSync(file, 'utf8')).matchAll(/\]\(([^)]+)\)/g)]
      const broken = links
        .map(([, link]) => link!)
        .filter((link) => !/^https?:/.test(link))
        .filter((link) => {
          const [path = '', anchor] = link.split('#')
          const target = path === '' ? file : join(dirname(file), path)
          if (!existsSync(target)) return true
          return anchor !== undefined && !anchorsOf(target).includes(anchor)
        })
      expect(broken).toEqual([])
    },
  )

  test('docs/compatibility.md leads to every README', () => {
    const text = readFileSync(compatibility, 'utf8')
    const missing = plugins.filter(({ name }) => !text.includes(`](../${pathOf(name)})`))
    expect(missing.map(({ name }) => name)).toEqual([])
  })
})
