// `file` beside the real CoreDNS 1.14.7 with generated zones: the answers to generated questions, after a change too, and the
// errors of broken zone files.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareAll, compareServers, type Pair } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { comparable } from '../support/differences.ts'
import { query } from '../support/dns-client.ts'
import type { DnsProcess } from '../support/dns-process.ts'
import { describeWithTools } from '../support/e2e.ts'
import { startOurServer } from '../support/our-server.ts'
import { createRandom } from '../support/random.ts'
import { brokenZoneText, randomZoneQuery, randomZoneText } from '../support/random-zones.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'
import { waitFor } from '../support/wait-for.ts'

const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_201)
const ZONES = Array.from({ length: 30 }, (_, i) => `z${i}.test`)
const QUESTIONS = 3000
const IN_FLIGHT = 16

let folder: string
let upstream: Upstream

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-'))
  upstream = await startUpstream()
})

afterAll(async () => {
  await upstream?.stop()
  await rm(folder, { recursive: true, force: true })
})

describeWithTools('file against CoreDNS 1.14.7', (tools) => {
  const random = createRandom(SEED)
  const pathOf = (zone: string) => join(folder, zone)
  const textOf = new Map<string, string>()
  let servers: readonly [ours: DnsProcess, theirs: DnsProcess]

  const writeZones = async (serial: number) => {
    for (const zone of ZONES) {
      const text = randomZoneText(random, zone, serial)
      textOf.set(zone, text)
      await replace(pathOf(zone), text)
    }
  }

  beforeAll(async () => {
    await writeZones(1)
    const lines = ZONES.map((zone, i) => {
      const through = i % 5 === 0 ? `\n  fallthrough sub.${zone}` : ''
      return ` file ${pathOf(zone)} ${zone} {\n  reload 200ms${through}\n }`
    })
    const corefile = `. {\n bind 127.0.0.1\n${lines.join('\n')}\n forward . ${upstream.address}\n}\n`
    servers = await Promise.all([
      startOurServer({ corefile }),
      startCoreDNS({ coredns: tools.coredns, corefile }),
    ])
  }, 120_000)

  afterAll(() => Promise.all((servers ?? []).map((server) => server.stop())))

  const compare = async () => {
    const [ours, theirs] = servers
    const comparison = compareServers({
      ours: ours.port,
      theirs: theirs.port,
      explain,
    })
    const queries = Array.from({ length: QUESTIONS }, () => randomZoneQuery(random, ZONES))
    const { differences } = await compareAll(comparison, queries, IN_FLIGHT)
    expect(differences.join('\n\n'), `seed ${SEED}, ${folder}`).toBe('')
  }

  test(`${QUESTIONS} questions, and again after a change`, { timeout: 120_000 }, async () => {
    await compare()
    await writeZones(2)
    await Promise.all(
      servers.flatMap(({ port }) =>
        ZONES.map((name) =>
          waitFor('the second zone', async () => {
            const { answers } = await query({ port, name, type: 'SOA' })
            return answers.some(({ data }) => / 2 7200 /.test(data))
          }),
        ),
      ),
    )
    await compare()
  })

  test('a broken zone has the same error', { timeout: 120_000 }, async () => {
    for (const zone of ZONES) {
      const text = textOf.get(zone)!.replace(/\( \d ;/, '( 3 ;')
      await replace(pathOf(zone), brokenZoneText(random, text))
    }
    const [ours, theirs] = servers
    for (const zone of ZONES) {
      await waitFor(`a line of both for ${zone} in ${folder}`, () =>
        [ours, theirs].every((server) => outcomeOf(server, zone) !== undefined),
      )
      expect.soft(outcomeOf(ours, zone), zone).toBe(outcomeOf(theirs, zone))
    }
  })
})

/** Neither server sees half of a file. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

/** What the log says of the third content of a zone; undefined before it says anything. */
function outcomeOf({ output }: DnsProcess, zone: string): string | undefined {
  const lines = output().split('\n')
  const failed = lines.find((one) => one.includes(`Parsing zone "${zone}.": `))
  const loaded = lines.find(
    (one) => one.includes(`zone "${zone}." in `) && one.includes('with 3 SOA'),
  )
  return (failed ?? loaded)?.replace(/^.*plugin\/file: /, '')
}

/** The rule of docs/compatibility.md for a difference. */
function explain({ ours, theirs }: Pair): string | undefined {
  if (sortedText(ours) === sortedText(theirs)) return 'hosts-owner-case'
  // Each counts the questions within questions on its own.
  const isLoop = [ours, theirs].every((reply) => {
    const aliases = reply?.answers.filter(({ type }) => type === 'CNAME' || type === 'TYPE39') ?? []
    return reply?.rcode === 'SERVFAIL' && aliases.length > 6
  })
  return isLoop ? 'file-alias-loop' : undefined
}

function sortedText(reply: Pair['ours']): string {
  return comparable(reply).toLowerCase().split('\n').sort().join('\n')
}
