// The page of a fleet in memory, over HTTP on 127.0.0.1.
import { mkdtempSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedSource } from '../../src/cli/demo-page.ts'
import { pageRoutes } from '../../src/cli/page/page-routes.ts'
import { ServiceHistory } from '../../src/fleet/page/history.ts'
import type { PageSource } from '../../src/fleet/page/source.ts'
import { systemClock } from '../../src/kube/clock.ts'
import { HttpServers } from '../../src/runtime/http.ts'
import { createFleet, type FleetOptions } from '../fleet/embedded.ts'
import { memoryLog } from './memory-log.ts'

interface PageServerOptions extends FleetOptions {
  /** Of the built page; default: an empty one. */
  readonly folder?: string
  /** Replaces parts of what the page reads. */
  readonly source?: Partial<PageSource>
}

export type PageServer = Awaited<ReturnType<typeof startPageServer>>

/** Starts a fleet of embedded clusters and its page. */
export async function startPageServer(options: PageServerOptions = {}) {
  const {
    folder = mkdtempSync(join(tmpdir(), 'page-')),
    source: replaced,
    ...fleetOptions
  } = options
  const history = new ServiceHistory(systemClock.wall)
  const fleet = createFleet({ clusters: ['east', 'west'], history, ...fleetOptions })
  const source = embeddedSource({
    members: () => fleet.members,
    controller: fleet.controller,
    importMode: fleetOptions.mode ?? 'manual',
    clock: systemClock,
    version: '1.2.3',
  })
  const lines: string[] = []
  const { log } = memoryLog(lines)
  const known = { listen: '127.0.0.1:0', hosts: ['fleet.example.org'] }
  const parts = { ...source, ...replaced }
  const page = pageRoutes({ source: parts, history, known, folder, log, clock: systemClock })
  const http = new HttpServers(log)
  await http.serve(new Map([[known.listen, page.routes]]))
  const port = [...http.addresses.values()][0]!
  const url = (path: string) => `http://127.0.0.1:${port}${path}`
  return {
    fleet,
    lines,
    port,
    url,
    /** The JSON at a path. */
    json: async <Document>(path: string): Promise<Document> => {
      const reply = await fetch(url(path))
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
      return (await reply.json()) as Document
    },
    close: async () => {
      page.close()
      await http.closeAll()
      fleet.controller.close()
      for (const member of fleet.members) await member.close()
    },
  }
}

/** A reply with its raw body: `fetch` decompresses it, and sets the Host header itself. */
export function askRaw(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
) {
  return new Promise<{
    readonly status: number
    readonly headers: Readonly<Record<string, unknown>>
    readonly body: Buffer
  }>((done, fail) => {
    const asked = request({ port, path, method, headers, host: '127.0.0.1' }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      const { statusCode: status = 0 } = response
      done({ status, headers: response.headers, body: Buffer.concat(parts) })
    })
    asked.once('error', fail).end()
  })
}
