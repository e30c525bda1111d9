// The alerts and dashboards of deploy/monitoring: promtool accepts and tests the rules, each alert has a runbook, and every metric
// and label that a rule or a dashboard names is one of ours.
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { fleetBuildInfo } from '../../src/cli/version.ts'
import type { LeaseState } from '../../src/fleet/hub/lease-state.ts'
import { leaseFamilies } from '../../src/fleet/hub/metrics.ts'
import { memberFamilies } from '../../src/fleet/member/metrics.ts'
import { renderMetrics } from '../../src/metrics.ts'
import { ProcessMetrics } from '../../src/runtime/process-metrics.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../fleet/embedded.ts'
import { query } from '../support/dns-client.ts'
import { kubeconfigText } from '../support/kubeconfig.ts'
import { skipOrFail } from '../support/needs.ts'
import { startOurServer } from '../support/our-server.ts'
import { ensurePromtool } from '../support/promtool.ts'
import { waitFor } from '../support/wait-for.ts'
import { prepareWholeServer } from '../support/whole-server.ts'

const run = promisify(execFile)
const FOLDER = 'deploy/monitoring'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
interface Groups {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}
interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly query: string | { readonly query: string } }[]
  }
}

const groups = parse(readFileSync(`${FOLDER}/rules.yaml`, 'utf8')) as Groups
const rules = groups.groups.flatMap((group) => group.rules)
const dashboards = ['dns', 'fleet'].map((name) => {
  const file = `${FOLDER}/dashboards/${name}.json`
  return { name, dashboard: JSON.parse(readFileSync(file, 'utf8')) as Dashboard }
})

/** The indicators of the table of service levels. A `|` of PromQL is escaped in a table. */
const indicators = readFileSync('docs/monitoring.md', 'utf8')
  .split('\n## ')
  .find((section) => section.startsWith('Service levels\n'))!
  .split('\n')
  .flatMap((row) => /^\| [^|`]+ \| `(.*)` \| /.exec(row)?.slice(1) ?? [])
  .map((cell) => cell.replaceAll('\\|', '|'))

const promtool = await ensurePromtool()
if (!promtool.ok) skipOrFail('promtool', promtool.reason, true)
else {
  describe('promtool', () => {
    test('accepts the rules', async () => {
      const { stdout } = await run(promtool.path, ['check', 'rules', `${FOLDER}/rules.yaml`])
      expect(stdout).toContain(`${rules.length} rules found`)
    })

    test('accepts the indicators of the service levels', async () => {
      expect(indicators.length).toBeGreaterThan(3)
      const folder = await mkdtemp(join(tmpdir(), 'levels-'))
      const file = join(folder, 'rules.yaml')
      const own = indicators.map((expr, i) => ({ record: `level:${i}`, expr }))
      try {
        await writeFile(file, JSON.stringify({ groups: [{ name: 'levels', rules: own }] }))
        await run(promtool.path, ['check', 'rules', file])
      } finally {
        await rm(folder, { recursive: true })
      }
    })

    test('sees each alert fire when it should, and only then', async () => {
      await run(promtool.path, ['test', 'rules', 'test/deploy/alerts.test.yaml'])
    })
  })
}

test('each alert has a test', () => {
  const text = readFileSync('test/deploy/alerts.test.yaml', 'utf8')
  expect(
    rules.filter(({ alert }) => !text.includes(`alertname: ${alert}\n    exp_alerts:`)),
  ).toEqual([])
})

test.each(rules)(
  'the alert $alert has a severity and a runbook',
  ({ alert, labels, annotations }) => {
    expect(['critical', 'warning']).toContain(labels.severity)
    expect(annotations.runbook).toBe(`docs/runbooks/${alert}.md`)
    const text = readFileSync(annotations.runbook!, 'utf8')
    expect(text).toMatch(
      new RegExp(`^# ${alert}\n\n\\*\\*Meaning:.*\n\n\\*\\*Impact:[^]*\n## Cause\n[^]*\n## Cure\n`),
    )
    expect(readFileSync('docs/runbooks/README.md', 'utf8')).toContain(`[${alert}](${alert}.md)`)
  },
)

test('the PrometheusRule has the same rules', () => {
  const object = parse(readFileSync(`${FOLDER}/rules/prometheus-rule.yaml`, 'utf8'))
  expect(object.spec).toEqual(groups)
})

/** The labels of each metric of an exposition, by the name of its samples. */
function labelsOf(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-z_:][\w:]*)(?:\{(.*)\})? \S+$/i.exec(line) ?? []
    if (name === undefined) continue
    const known = found.get(name) ?? new Set()
    for (const [, label] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) known.add(label!)
    found.set(name, known)
  }
  return found
}

/** A fleet in memory in which something of everything happens. */
async function fleetExposition(): Promise<string> {
  const fleet = createFleet({})
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  for (const name of ['c1', 'c2']) {
    addService(
      fleet.api(name),
      'web',
      name === 'c1' ? {} : { ports: [{ name: 'other', port: 81, protocol: 'TCP' }] },
    )
    addExport(fleet.api(name), 'web')
  }
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  addSlice(fleet.api('c1'), 'web', ['10.1.0.2'])
  await fleet.settle()
  const member = {
    name: 'c1',
    bytes: 1,
    failures: new Map([['services', new Map([['forbidden', 1]])]]),
    skewMs: 0,
    tokenMsLeft: 1,
    reader: { counts: { exports: 0, imports: 0, exportedEndpoints: 0, importedEndpoints: 0 } },
  } as unknown as Parameters<typeof memberFamilies>[0][number]
  return renderMetrics([
    ...fleet.controller.families(),
    ...memberFamilies([member]),
    ...leaseFamilies(true, new Map([['c1', { phase: 'expired' } as LeaseState]])),
    fleetBuildInfo(),
    ...new ProcessMetrics().families(),
  ])
}

/** A server with each kind of source and upstream, a snapshot, an invalid object, and a cluster that cannot be reached. */
async function serverExposition(): Promise<string> {
  const whole = await prepareWholeServer()
  const dead = join(whole.folder, 'dead.kubeconfig')
  await writeFile(dead, kubeconfigText({ server: 'https://127.0.0.1:1' }, { token: 'one' }))
  await writeFile(join(whole.folder, 'bad.yaml'), INVALID)
  const options = `pods verified\n snapshot ${whole.folder}/objects\n`
  const corefile = `${whole.corefile.replace('pods verified\n', options)}
dead.local:{$DNS_PORT} {
  bind 127.0.0.1
  multicluster dead.local {
    kubeconfig ${dead}
    startup_timeout 1ms
  }
}
`
  const server = await startOurServer({ corefile })
  const answered = async (name: string) => {
    const ask = () => query({ port: server.port, name, type: 'A' })
    await waitFor(name, async () => (await ask()).rcode === 'NOERROR', { detail: server.output })
  }
  try {
    // The second one is a hit of the cache.
    for (const name of [
      'web.shop.svc.clusterset.local',
      'host.upstream.test',
      'host.upstream.test',
    ])
      await answered(name)
    let text = ''
    const scrape = async () => {
      const response = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)
      text = await response.text()
      return LATE.every((name) => text.includes(`\n${name}{`))
    }
    await waitFor('the late metrics', scrape, { detail: server.output })
    return text
  } finally {
    await server.stop()
    await whole.close()
  }
}

/** Metrics that an error, a write or a list brings. */
const LATE = ['clusterset_dns_watch_errors_total', 'clusterset_dns_snapshot_age_seconds']

const INVALID = `apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceImport
metadata: {name: bad, namespace: shop}
spec: {type: Other}
`

/** What Prometheus adds to each sample. */
const TARGET = ['job', 'instance']

const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...indicators.map((expr) => ['docs/monitoring.md', expr] as const),
  ...dashboards.flatMap(({ name, dashboard }) => [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [`${name}: ${title}`, expr] as const),
    ),
    ...dashboard.templating.list.flatMap(({ query: variable }) =>
      typeof variable === 'string' ? [] : [[`${name}: variable`, variable.query] as const],
    ),
  ]),
]

/** What an expression names and `known` does not have. */
function unknownIn(expr: string, known: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const names = [...expr.matchAll(/\b((?:coredns|clusterset_dns|process)_\w+)(?:\{([^}]*)\})?/g)]
  const all = new Set(TARGET)
  const faults = names.flatMap(([, name = '', matchers = '']) => {
    const labels = known.get(name)
    if (labels === undefined) return [name]
    for (const label of labels) all.add(label)
    const used = [...matchers.matchAll(/(\w+) *(?:=~|!~|!=|=)/g)].map(([, label = '']) => label)
    return used
      .filter((label) => !labels.has(label) && !TARGET.includes(label))
      .map((label) => `${name}{${label}}`)
  })
  const lists = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/, */),
  )
  const missing = lists.filter((label) => !all.has(label))
  return names.length === 0 ? ['no metric'] : [...faults, ...missing]
}

test('every metric and label of a rule or a dashboard is exposed', async () => {
  const [server, fleet] = [await serverExposition(), await fleetExposition()]
  const known = labelsOf(`${server}\n${fleet}`)
  expect(
    unknownIn('sum by (nothing) (coredns_panics_total{also="1"}) or clusterset_dns_none', known),
  ).toEqual(['coredns_panics_total{also}', 'clusterset_dns_none', 'nothing'])
  for (const [, metric, le] of indicators.join().matchAll(/(\w+_bucket)\{le=~?"([^"|]+)/g))
    expect(`${server}\n${fleet}`).toMatch(new RegExp(`^${metric}\\{.*le="${le}"`, 'm'))
  const faults = expressions.map(([title, expr]) => [title, unknownIn(expr, known)] as const)
  expect(faults.filter(([, unknown]) => unknown.length > 0)).toEqual([])
  if (promtool.ok) {
    // promtool reads what Prometheus would read of each exposition.
    for (const text of [server, fleet]) {
      const checked = spawnSync(promtool.path, ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      })
      expect(checked.stderr).not.toMatch(/error while linting/)
    }
  }
})
