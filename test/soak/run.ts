// One soak: starts everything, lets it run, and collects the minutes.
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startChild } from '../support/child.ts'
import { startCluster } from '../support/cluster.ts'
import { query } from '../support/dns-client.ts'
import { type DnsProcess, startDnsProcess } from '../support/dns-process.ts'
import { freePort } from '../support/free-port.ts'
import { loadCrds } from '../support/manifests.ts'
import { machine } from '../support/report-text.ts'
import type { ToolPaths } from '../support/tools.ts'
import { startUpstream } from '../support/upstream-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { Churn } from './churn.ts'
import { ClusterWriter } from './cluster-writer.ts'
import { corefileText } from './corefile.ts'
import { type IncidentCount, Incidents, ROUND_MS } from './incidents.ts'
import { judge } from './judge.ts'
import { clock, type Load, type LoadCounts, startLoad } from './load.ts'
import type { Minute } from './minute.ts'
import type { SoakResult } from './result.ts'
import { type Sample, sample } from './sampler.ts'
import { answerText, type Expected, expectedOf, KINDS, reverseOf, type Slot } from './slots.ts'

export interface SoakOptions {
  readonly minutes: number
  /** Path of the server's program: the build, or the sources. */
  readonly program: string
  readonly tools: ToolPaths
  /** Slots of each kind that never change, and that change. */
  readonly steady: number
  readonly changing: number
  readonly changesPerSecond: number
  readonly udpRate: number
  readonly tcpRate: number
  /** Ends the run early; its reason is in the report. */
  readonly interrupt: AbortSignal
  /** Called after each minute with what is known so far. */
  readonly onMinute: (soFar: SoakResult) => void
}

const MINUTE_MS = 60_000
/** A limit for what hangs: on a busy machine the server and the API server take long to start. */
const START_MS = 180_000
const SCRAPE_MS = 30_000
/** Samples of memory in a minute. */
const SAMPLES = 4
const ECHO = fileURLToPath(new URL('../support/echo-dgram.ts', import.meta.url))
const MEASURED = [
  'src',
  'bench',
  'test',
  'package.json',
  ':!bench/results',
  ':!test/soak/RESULT.md',
]

/** Runs a soak. Rejects when the environment does not start; what fails later is a judgement. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  await using stack = new AsyncDisposableStack()
  const stopping = new AbortController()
  const cluster = await startCluster({
    tools: options.tools,
    name: 'soak',
    timeoutMs: START_MS,
  })
  stack.defer(cluster.stop)
  stack.defer(() => stopping.abort(new Error('the soak has ended')))
  const slots = slotsOf(0, options.steady)
  const changing = slotsOf(options.steady, options.changing)
  const writer = new ClusterWriter(cluster.request, stopping.signal)
  await cluster.apply(await loadCrds())
  await writer.create([...slots, ...changing])

  const upstreams = [await startUpstream(), await startUpstream()]
  stack.defer(async () => {
    // One that refuses is stopped already.
    for (const upstream of upstreams) await upstream.stop().catch(() => {})
  })
  const echoPort = await freePort()
  const echo = startChild('echo', process.execPath, [ECHO, String(echoPort)])
  stack.defer(() => echo.stop())
  const textOf = (edition: number) =>
    corefileText(
      cluster.kubeconfigs.token,
      upstreams.map(({ address }) => address),
      edition,
    )
  const server = await startDnsProcess({
    name: 'clusterset-dns',
    command: [process.execPath, options.program],
    banner: /(^|"msg":")clusterset-dns-\d/m,
    corefile: textOf(0),
    timeoutMs: START_MS,
  })
  stack.defer(server.stop)
  await server.ready(START_MS)
  const steady = questionsOf(slots)
  await untilAnswered(server, [...steady, ...questionsOf(changing)])
  await waitFor('the echo server listens', () => echo.output() !== '')

  const { udpRate, tcpRate } = options
  const load = startLoad({ port: server.port, echoPort, udpRate, tcpRate, steady })
  const { signal } = stopping
  const perSecond = options.changesPerSecond
  const churn = new Churn({ writer, load, port: server.port, slots: changing, perSecond, signal })
  const incidents = new Incidents({
    cluster,
    churn,
    load,
    upstreams,
    reload: (edition) => reload(server, textOf(edition)),
    roundMs: Math.min(ROUND_MS, options.minutes * MINUTE_MS),
    signal,
  })
  const soak = new Soak(options, server, load, churn, incidents.counts)
  const ended = await soak.run(stopping, [churn.run(), incidents.run()])
  return soak.result(ended)
}

class Soak {
  readonly #options: SoakOptions
  readonly #server: DnsProcess
  readonly #load: Load
  readonly #churn: Churn
  readonly #incidents: ReadonlyMap<string, IncidentCount>
  readonly #minutes: Minute[] = []
  readonly #machine = machine(MEASURED)
  readonly #start = clock()

  constructor(
    options: SoakOptions,
    server: DnsProcess,
    load: Load,
    churn: Churn,
    incidents: ReadonlyMap<string, IncidentCount>,
  ) {
    this.#options = options
    this.#server = server
    this.#load = load
    this.#churn = churn
    this.#incidents = incidents
  }

  /** Runs until the time is over, or something ends it; resolves to what that was. */
  async run(stopping: AbortController, works: readonly Promise<void>[]): Promise<Ending> {
    const { interrupt, minutes } = this.#options
    const totalMs = minutes * MINUTE_MS
    const minuteMs = Math.min(MINUTE_MS, totalMs / 3)
    const server = this.#server.child
    const never = new Promise<never>(() => {})
    // A work that the end of the soak interrupts has not failed.
    const failure = (error: unknown) => (stopping.signal.aborted ? never : Promise.reject(error))
    const failed = Promise.race([
      ...works.map((work) => work.then(() => never, failure)),
      server.ended.then(() => Promise.reject(new Error(`the server has ended\n${server.tail()}`))),
    ])
    failed.catch(() => {})
    let ending: Ending = {}
    try {
      while (clock() - this.#start < totalMs - minuteMs / 2 && !interrupt.aborted) {
        const end = this.#start + (this.#minutes.length + 1) * minuteMs
        const isLast = end > this.#start + totalMs - minuteMs / 2
        await Promise.race([this.#minute(end, isLast, stopping), failed])
        this.#options.onMinute(this.result({ interrupted: 'still running' }))
      }
      if (interrupt.aborted) ending = { interrupted: String(interrupt.reason) }
    } catch (error) {
      ending = { failure: error instanceof Error ? error.message : String(error) }
    }
    stopping.abort(new Error('the soak has ended'))
    await Promise.allSettled(works)
    return ending
  }

  result({ interrupted, failure }: Ending): SoakResult {
    const { minutes: wanted, udpRate, tcpRate, steady, changing, changesPerSecond } = this.#options
    const minutes = this.#minutes
    const crash =
      failure === undefined
        ? []
        : [{ what: 'the run', wanted: 'to its end', measured: oneLine(failure), holds: false }]
    return {
      machine: this.#machine,
      wanted,
      minutes,
      incidents: this.#incidents,
      judgements: [...crash, ...judge(minutes, this.#incidents)],
      setting:
        `A real API server with ${KINDS.length * (steady + changing)} Services, ServiceImports and Pods, ` +
        `${changesPerSecond} changes a second, ${udpRate} questions a second over UDP and ${tcpRate} over TCP ` +
        `to one server with the whole Corefile (\`test/soak/corefile.ts\`).`,
      ended: interrupted ?? (failure === undefined ? undefined : 'the run failed'),
    }
  }

  /** Measures until `end`; the last minute waits for outstanding replies. */
  async #minute(end: number, isLast: boolean, stopping: AbortController): Promise<void> {
    const { interrupt } = this.#options
    const begin = clock()
    const samples = [await this.#sample()]
    for (let i = 1; i <= SAMPLES; i++) {
      const due = begin + ((end - begin) * i) / SAMPLES
      await delay(Math.max(0, due - clock()), undefined, { signal: interrupt }).catch(() => {})
      samples.push(await this.#sample())
      if (interrupt.aborted) break
    }
    const finishes = isLast || interrupt.aborted
    if (finishes) stopping.abort(new Error('the soak has ended'))
    const counts: LoadCounts = await (finishes ? this.#load.finish() : this.#load.report())
    const { samples: wrongSamples, ...rest } = counts
    this.#minutes.push({
      ...rest,
      ...this.#churn.report(),
      at: (clock() - this.#start) / MINUTE_MS,
      seconds: (clock() - begin) / 1000,
      samples,
      wrongSamples,
    })
  }

  async #sample(): Promise<Sample> {
    const { child, metrics } = this.#server
    // One scrape has 2 s, which a busy machine may take for itself.
    const text = await waitFor('/metrics is answered', metrics, {
      timeoutMs: SCRAPE_MS,
      detail: child.tail,
    })
    return sample(child.pid, text)
  }
}

/** Why a run ended: at its end (neither), by a signal, or by a failure. */
interface Ending {
  readonly interrupted?: string
  readonly failure?: string
}

function slotsOf(first: number, count: number): readonly Slot[] {
  return KINDS.flatMap((kind) =>
    Array.from({ length: count }, (_, i) => ({ kind, index: first + i })),
  )
}

/** The questions about slots at version 0, and one of a name that never exists for each slot. */
function questionsOf(slots: readonly Slot[]): readonly Expected[] {
  return slots.flatMap((slot) => {
    const answers = expectedOf(slot, 0)
    const absent = { name: `no-${answers[0]!.name}`, type: 'A', answer: 'NXDOMAIN' } as const
    return [...answers, absent, ...(slot.kind === 'service' ? [reverseOf(slot)] : [])]
  })
}

async function untilAnswered(server: DnsProcess, wanted: readonly Expected[]): Promise<void> {
  const open = new Set(wanted)
  let last = ''
  await waitFor(
    'the server answers everything',
    async () => {
      for (const expected of open) {
        const { name, type } = expected
        const reply = await query({ port: server.port, name, type, timeoutMs: 1000 })
        const answer = answerText(
          reply.rcode,
          reply.answers.map(({ data }) => data),
        )
        last = `${name} ${type}: ${answer}, wanted ${expected.answer}`
        if (answer !== expected.answer) return false
        open.delete(expected)
      }
      return true
    },
    { timeoutMs: START_MS, detail: () => `${last}\n${server.child.tail()}` },
  )
}

/** Writes a Corefile that differs from the running one, and waits until it is in use. */
async function reload(server: DnsProcess, text: string): Promise<void> {
  const hash = async () =>
    /^coredns_reload_version_info{.*value="(\w+)"/m.exec(await server.metrics())?.[1]
  const before = await hash()
  await writeFile(server.corefile, text)
  await waitFor('the new Corefile is in use', async () => (await hash()) !== before, {
    timeoutMs: 60_000,
    everyMs: 100,
    detail: server.child.tail,
  })
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' / ').replaceAll('|', '\\|').slice(0, 600)
}
