// What the page adds to the memory of a fleet with many clusters and services: without viewers, and with ten.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { MapDocument } from '../../src/fleet/page/document.ts'
import { openViewer } from '../../test/support/event-reader.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { publish } from '../support/report.ts'

const PROGRAM = fileURLToPath(new URL('../support/page-process.ts', import.meta.url))
const MB = 1e6
const GOAL_MB = 10

interface PageMemory {
  /** Objects and buffers after a collection, and what the process has of the machine, in bytes. */
  readonly heap: number
  readonly rss: number
  /** Of CPU since the start. */
  readonly seconds: number
  readonly logged: readonly string[]
}

/** Measures the page of `clusters` clusters with `services` services, and `viewers` viewers. */
export async function measurePage(clusters: number, services: number, viewers: number) {
  // The flags of src/cli.ts.
  const flags = ['--semi-space-growth-factor=1', '--expose-gc']
  const args = [...flags, PROGRAM, `${clusters}`, `${services}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
    const url = (path: string) => `http://127.0.0.1:${port}${path}`
    const ask = async <Answer>(path: string) => (await (await fetch(url(path))).json()) as Answer
    const memory = () => ask<PageMemory>('/bench/memory')
    const before = await memory()
    const open = await Promise.all(
      Array.from({ length: viewers }, async () => {
        const viewer = await openViewer(url('/events'))
        const bytes = (await (await fetch(url('/services.json'))).arrayBuffer()).byteLength
        return { viewer, bytes }
      }),
    )
    const started = performance.now()
    const isRead = async () => {
      const { services: counts } = await ask<MapDocument>('/map.json')
      return counts.unseen === 0 && counts.total === services
    }
    await waitFor('all rows', isRead, { timeoutMs: 600_000, everyMs: 500 })
    const readSeconds = (performance.now() - started) / 1000
    const looked = await memory()
    const [first] = open
    const count = Math.min(1000, services)
    const told = new Set<string>()
    await fetch(url(`/bench/change?from=0&count=${count}`))
    await waitFor(
      'the changed rows',
      () => {
        for (const { changed } of first!.viewer.all('services')) {
          for (const { service, sources } of changed)
            if (sources.some(([, ready]) => ready === 2)) told.add(service)
        }
        return told.size >= count
      },
      { timeoutMs: 120_000 },
    )
    const downloads = Promise.all(open.map(() => fetch(url('/services.json'))))
    const changed = await memory()
    for (const reply of await downloads) await reply.arrayBuffer()
    for (const { viewer } of open) await viewer.close()
    const tableBytes = Math.max(...open.map(({ bytes }) => bytes))
    return { before, looked, changed, readSeconds, tableBytes }
  } finally {
    child.kill()
    await once(child, 'exit')
  }
}

/** Measures 50 clusters with 10,000 services, and writes bench/results/page.md. */
export async function page(): Promise<void> {
  const { before, looked, changed, readSeconds, tableBytes } = await measurePage(50, 10_000, 10)
  const mb = (bytes: number) => (bytes / MB).toFixed(1)
  const most = Math.max(looked.heap, changed.heap) - before.heap
  publish({
    name: 'page',
    title: 'The page of a fleet of 50 clusters with 10,000 services, with ten viewers',
    columns: ['when', 'objects and buffers, MB', 'more, MB', 'process, MB', 'more, MB', 'CPU s'],
    rows: [
      ['nobody looks', before],
      ['ten viewers, all rows read', looked],
      ['after 1,000 services changed, during ten downloads of the table', changed],
    ].map((row) => {
      const [when, { heap, rss, seconds }] = row as [string, PageMemory]
      const more = [mb(heap - before.heap), mb(rss), mb(rss - before.rss)]
      return [when, mb(heap), ...more, seconds.toFixed(1)]
    }),
    goals: [
      {
        what: 'ten viewers',
        goal: `at most ${GOAL_MB} MB`,
        measured: `${mb(most)} MB`,
        met: most <= GOAL_MB * MB,
      },
    ],
    notes: [
      'Embedded clusters in the process of the page, without the controller. Each service has two exporters and two importers.',
      `All rows are read after ${readSeconds.toFixed(0)} s, with four tenths of a core; the table is ${mb(tableBytes)} MB of JSON while it is read.`,
      'Objects and buffers are measured after a collection. The process has the garbage of reading rows too, which it returns later.',
    ],
  })
}
