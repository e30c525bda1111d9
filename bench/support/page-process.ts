// The page of a fleet of embedded clusters, in a process of its own, without the controller: what the page adds to its
// memory is measured. Service `i` is exported by clusters `i` and `i + 1`, and imported by the two after them.
//
//   node --expose-gc bench/support/page-process.ts CLUSTERS SERVICES
//
// Prints its port. GET /bench/memory has { heap, rss } in bytes after a collection; GET /bench/change?from=0&count=100 adds an
// endpoint to these services, or removes it.
import { setImmediate as turn } from 'node:timers/promises'
import { embeddedSource } from '../../src/cli/demo-page.ts'
import { pageRoutes } from '../../src/cli/page/page-routes.ts'
import { FleetController } from '../../src/fleet/controller/controller.ts'
import { EmbeddedApi } from '../../src/fleet/embedded/api.ts'
import { EmbeddedCluster } from '../../src/fleet/embedded/cluster.ts'
import { ServiceHistory } from '../../src/fleet/page/history.ts'
import { systemClock } from '../../src/kube/clock.ts'
import { HttpServers } from '../../src/runtime/http.ts'
import { collectWhenIdle } from '../../src/runtime/idle-gc.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
} from '../../test/fleet/embedded.ts'
import { memoryLog } from '../../test/support/memory-log.ts'

const [clusterCount = 0, serviceCount = 0] = process.argv.slice(2).map(Number)
const names = Array.from({ length: clusterCount }, (_, i) => `cluster-${i}`)
const apis = names.map((name) => new EmbeddedApi({ name, wall: systemClock.wall }))
const inCluster = (index: number, copy: number) => apis[(index + copy) % clusterCount]!

function endpoints(index: number, version: number): readonly string[] {
  const tail = `${index >> 8}.${index & 255}`
  return [`10.1.${tail}`, `10.2.${tail}`].slice(0, 1 + (version % 2))
}

for (const api of apis) addNamespace(api, 'ns')
for (let i = 0; i < serviceCount; i++) {
  const name = `service-${i}`
  for (const copy of [0, 1]) {
    const api = inCluster(i, copy)
    addService(api, name)
    addSlice(api, name, endpoints(i, 0))
    addExport(api, name)
  }
  for (const copy of [2, 3]) {
    addImport(inCluster(i, copy), name, { ips: [`10.96.${i >> 8}.${i & 255}`] })
  }
}

const history = new ServiceHistory(systemClock.wall)
const members = names.map((name, i) => {
  const observe = history.changed.bind(history, name)
  return new EmbeddedCluster(name, apis[i]!, undefined, systemClock, observe)
})
// As the fleet itself does.
collectWhenIdle({
  idleMs: () => Number.POSITIVE_INFINITY,
  rss: process.memoryUsage.rss,
  busyRestMs: 0,
})
const lines: string[] = []
const { log } = memoryLog(lines)
const source = embeddedSource({
  members: () => members,
  controller: new FleetController({ log }),
  importMode: 'manual',
  clock: systemClock,
  version: '',
})
const known = { listen: '127.0.0.1:0', hosts: [] }
const { routes } = pageRoutes({ source, history, known, log, clock: systemClock })

async function memory(): Promise<string> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await turn()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const seconds = (user + system) / 1e6
  return JSON.stringify({ heap: heapUsed + external, rss, seconds, logged: lines })
}

let version = 0
const http = new HttpServers(log)
await http.serve(
  new Map([
    [
      known.listen,
      {
        ...routes,
        '/bench/memory': async () => ({ status: 200, body: await memory() }),
        '/bench/change': ({ query }) => {
          const from = Number(query.get('from'))
          version++
          for (let i = from; i < from + Number(query.get('count')); i++) {
            addSlice(inCluster(i, 0), `service-${i}`, endpoints(i, version))
          }
          return { status: 200, body: 'changed\n' }
        },
      },
    ],
  ]),
)
process.stdout.write(`${[...http.addresses.values()][0]}\n`)
