// Resolvers with strict QNAME minimisation ask for one more label at a time and may stop at the first NXDOMAIN (RFC 9156,
// RFC 8020). Through Unbound and BIND the names are found, and the names between a Service and them are NODATA.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { objects } from '../cases/objects.ts'
import { query } from '../support/dns-client.ts'
import { describeWithProgram } from '../support/needs.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { type Resolver, startResolver } from '../support/resolvers.ts'

const ZONE = 'clusterset.local'

describe('strict QNAME minimisation', () => {
  let folder: string
  let ours: OurServer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manifests-'))
    await writeFile(
      join(folder, 'objects.yaml'),
      objects.map((one) => JSON.stringify(one)).join('\n---\n'),
    )
    ours = await startOurServer({
      corefile: `.:{$DNS_PORT} {
        bind 127.0.0.1
        ready 127.0.0.1:{$READY_PORT}
        multicluster ${ZONE} {
          manifests ${folder}
        }
      }\n`,
    })
    await ours.ready()
  }, 60_000)

  afterAll(async () => {
    await ours?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  for (const name of ['unbound', 'named'] as const) {
    describeWithProgram(name, (file) => {
      let resolver: Resolver

      // Each test has an empty cache.
      beforeEach(async () => {
        resolver = await startResolver(name, file, { zone: ZONE, port: ours.port })
      }, 30_000)

      afterEach(() => resolver?.stop(), 30_000)

      const ask = async (relative: string, type: string) => {
        const { rcode, answers } = await query({
          port: resolver.port,
          name: `${relative}.${ZONE}`,
          type,
          timeoutMs: 15_000,
        })
        return [rcode, ...answers.map(({ data }) => data)]
      }

      test.each([
        ['a Service', 'vip.ns1.svc', 'A', ['10.0.0.1']],
        ['a port', '_https._tcp.vip.ns1.svc', 'SRV', [`0 100 443 vip.ns1.svc.${ZONE}.`]],
        ['a port, by address', '_dns._udp.vip.ns1.svc', 'A', ['10.0.0.1']],
        ['a host of a cluster', 'web-1.c1.head.ns1.svc', 'A', ['10.2.0.2']],
        ['an endpoint of a Service with an address', 'named.c1.backed.ns1.svc', 'A', ['10.1.0.2']],
        ['the schema version', 'dns-version', 'TXT', ['"1.0.0"']],
        ['the name server', 'ns.dns', 'A', ['127.0.0.1']],
      ])('%s is found: %s %s', { timeout: 30_000 }, async (_, relative, type, data) => {
        // First the name above it: an NXDOMAIN of it would deny all names below it (RFC 8020).
        expect(await ask(relative.slice(relative.indexOf('.') + 1), 'A')).toEqual(['NOERROR'])
        expect(await ask(relative, type)).toEqual(['NOERROR', ...data])
      })
    })
  }
})
