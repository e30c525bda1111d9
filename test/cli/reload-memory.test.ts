// What former configurations took is given back after reloads: tables, cache and upstreams, in all threads.
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { transport } from '../support/transport.ts'
import { waitFor } from '../support/wait-for.ts'

const corefile = (ttl: number) => `.:{$DNS_PORT} {
    bind 127.0.0.1
    multicluster clusterset.local {
        manifests test/fixtures/user-flow
        ttl ${ttl}
    }
    forward . 127.0.0.1:9
    cache ${ttl}
}
`
const RELOADS = 100
/** They leave 3 MB, and left 100 MB when nothing was collected. */
const MOST_MB = 15

let server: OurServer

beforeAll(async () => {
  server = await startOurServer({ corefile: corefile(30) })
}, 60_000)

afterAll(() => server?.stop())

const anonymousMegabytes = () => {
  const rollup = readFileSync(`/proc/${server.child.pid}/smaps_rollup`, 'utf8')
  return Number(/^Anonymous: +(\d+) kB$/m.exec(rollup)?.[1]) / 1024
}

const reloads = () => server.child.output().split('Reloading complete').length - 1

// The control thread of `single` collects its garbage when it is idle (test/runtime/idle-gc.test.ts).
if (transport !== 'single') {
  test('reloads leave no memory in the threads', async () => {
    const before = anonymousMegabytes()
    for (let done = reloads(); done < RELOADS; done = reloads()) {
      writeFileSync(server.corefile, corefile(31 + done))
      server.child.kill('SIGUSR1')
      await waitFor('a reload', () => reloads() > done, { timeoutMs: 60_000 })
    }
    await waitFor('the memory is given back', () => anonymousMegabytes() < before + MOST_MB, {
      timeoutMs: 60_000,
      detail: () => `${before} MB before, ${anonymousMegabytes()} MB now`,
    })
    expect(server.child.running()).toBe(true)
  }, 180_000)
}
