// A hosts table with the content of a text, and what a client that asks it sees.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Exchange } from '../../../src/dns/exchange.ts'
import { HostsAnswerer } from '../../../src/plugins/hosts/answerer.ts'
import { HostsFile } from '../../../src/plugins/hosts/hosts-file.ts'
import type { HostsConfig } from '../../../src/plugins/hosts/options.ts'
import { MapReader } from '../../../src/plugins/hosts/store/map-reader.ts'
import { NEXT } from '../../../src/plugins/runtime.ts'
import { decodeMessage, type Message } from '../../support/dns-decode.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { memoryLog } from '../../support/memory-log.ts'

export const DEFAULTS: HostsConfig = {
  plugin: 'hosts',
  path: '/nonexistent/hosts',
  zones: ['.'],
  inline: [],
  ttl: 3600,
  reverse: true,
  reloadMs: 5000,
  fallthrough: [],
  fallthroughUnsupported: false,
}

/** Bytes of address space of the tables of tests. */
const TABLE_BYTES = 2 ** 22

interface Rig {
  readonly path: string
  readonly file: HostsFile
  readonly lines: readonly string[]
  /** Replaces the file's text and reads it. */
  change(text: string): Promise<void>
  /** The reply to a client that accepts `limit` bytes; undefined: the next plugin is asked. */
  ask(name: string, type: string, limit?: number): Message | undefined
  /** The records of the answer as lines, or the rcode; "next" if the next plugin is asked. */
  answer(name: string, type: string): string | readonly string[]
}

/** A table of a file with `text`; undefined: the file does not exist. */
export async function hostsRig(
  text: string | undefined,
  changes: Partial<HostsConfig> = {},
  { rotates = false, bytes = TABLE_BYTES } = {},
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'hosts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'hosts')
  if (text !== undefined) await writeFile(path, text)
  const config = { ...DEFAULTS, path, ...changes }
  const lines: string[] = []
  const file = new HostsFile(config, memoryLog(lines).log, bytes)
  await file.open()
  const answerer = new HostsAnswerer(config, new MapReader(file.table.handle, 0), rotates)
  const ask = (name: string, type: string, limit?: number) =>
    askAnswerer(answerer, name, type, limit)
  return {
    path,
    file,
    lines,
    async change(next) {
      // The same size and time would be the same file.
      await writeFile(path, `${next}\n# ${lines.length} ${Math.random()}\n`)
      await file.refresh()
    },
    ask,
    answer(name, type) {
      const reply = ask(name, type)
      if (reply === undefined) return 'next'
      if (reply.answers.length > 0) return reply.answers.map(({ text: line }) => line)
      return reply.rcode
    },
  }
}

function askAnswerer(
  answerer: HostsAnswerer,
  name: string,
  type: string,
  limit = 65_535,
): Message | undefined {
  const query = encodeQuery({ name, type })
  const exchange = new Exchange()
  exchange.request.parse(query, 0, query.length)
  exchange.input = query
  exchange.output = new Uint8Array(65_535)
  exchange.limit = limit
  const length = answerer.answer(exchange)
  if (length === NEXT) return undefined
  if (length > limit) throw new Error(`a reply of ${length} bytes, not ${limit}`)
  return decodeMessage(exchange.output.slice(0, length))
}
