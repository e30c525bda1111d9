// The zones of one `kubernetes` directive without a server and without a source: objects are compiled into tables, and
// questions are asked as the packet path and the plugin chain ask them.

import { Exchange } from '../../src/dns/exchange.ts'
import type { RR } from '../../src/dns/message.ts'
import { encodeMessage, type Message as WireMessage } from '../../src/dns/message.ts'
import { nameToText, nameToWire } from '../../src/dns/name.ts'
import type { Request } from '../../src/dns/request.ts'
import { type Answer, isReply, type Query } from '../../src/plugins/chain.ts'
import { clusterAnswerer, reverseAnswerer } from '../../src/plugins/kubernetes/answerers.ts'
import {
  compileLocalNamespace,
  compileLocalService,
  type LocalZoneOptions,
} from '../../src/plugins/kubernetes/compile.ts'
import { kubernetesHandler } from '../../src/plugins/kubernetes/handler.ts'
import { compileNameServers, nameServersOf } from '../../src/plugins/kubernetes/name-servers.ts'
import { PodBlocks } from '../../src/plugins/kubernetes/pod-blocks.ts'
import { ReverseIndex } from '../../src/plugins/kubernetes/reverse-index.ts'
import { ZoneSet } from '../../src/plugins/multicluster/zone-set.ts'
import { ASK_CHAIN, NEXT } from '../../src/plugins/runtime.ts'
import type { LocalService, PodAddress } from '../../src/sources/objects.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { replyLines } from './ask-zone.ts'
import { decodeMessage } from './dns-decode.ts'
import { encodeQuery } from './dns-encode.ts'
import { steps } from './steps.ts'

export const SERIAL = 1_499_347_823

export interface ClusterZonesSpec {
  readonly views: readonly LocalService[]
  /** The exposed ones. */
  readonly namespaces: readonly string[]
  readonly pods?: readonly PodAddress[]
  readonly options?: Partial<Omit<LocalZoneOptions, 'zone'>>
  readonly zone?: string
  readonly reverseZones?: readonly string[]
  readonly fallthrough?: readonly string[]
  readonly synced?: boolean
  /** The server is an endpoint of these Services ("namespace/name"). */
  readonly serverIsBehind?: readonly string[]
  readonly localAddresses?: readonly string[]
  /** What the server itself answers for names that are not in these zones. */
  readonly lookup?: Query['lookup']
}

export interface ClusterZones {
  /** The lines of the reply (`replyLines`); `['next']` when the next plugin has to answer. */
  ask(name: string, type: string, limit?: number): Promise<readonly string[]>
  /** As `ask`; without the plugin chain: `['chain']` when that has to answer. */
  askPacketPath(name: string, type: string, limit?: number): readonly string[]
  /** The answer of the handler in the plugin chain, before the server truncates it. */
  askHandler(name: string, type: string, limit: number): Promise<Answer>
}

const DEFAULTS = {
  ttl: 5,
  endpoints: true,
  podNames: false,
  ignoreEmpty: false,
  zonal: false,
  pods: 'disabled',
} as const

export function clusterZones(spec: ClusterZonesSpec): ClusterZones {
  const { views, namespaces, zone = 'cluster.local.', localAddresses = ['127.0.0.1'] } = spec
  const options: LocalZoneOptions = { ...DEFAULTS, ...spec.options, zone: nameToWire(zone)! }
  const keyOf = ({ service }: LocalService) => `${service.namespace}/${service.name}`
  const exposed = views.filter(({ service }) => namespaces.includes(service.namespace))

  const table = new TableWriter({ maxBytes: 2 ** 24 })
  for (const namespace of namespaces) {
    table.replace(namespace, compileLocalNamespace(namespace, options))
  }
  if (options.pods === 'verified') {
    const pods = new PodBlocks(table, () => true)
    for (const { namespace, ip } of spec.pods ?? []) {
      const owner = namespaces.includes(namespace) ? pods.note(`${namespace}/${ip}`) : undefined
      if (owner !== undefined) pods.publish(owner)
    }
  }
  for (const view of exposed) table.replace(keyOf(view), steps(compileLocalService(view, options)))
  const behind = exposed.filter((view) => spec.serverIsBehind?.includes(keyOf(view)))
  const servers = behind.flatMap((view) => nameServersOf(view, options))
  table.replace('name servers', compileNameServers(servers, options))

  const reverse = new TableWriter({ maxBytes: 2 ** 22 })
  const index = new ReverseIndex({ ...options, primaryZone: options.zone })
  const blocks = new Set(exposed.flatMap((view) => steps(index.put(keyOf(view), view)).changed))
  for (const block of blocks) reverse.replace(block, steps(index.names(block)))

  for (const writer of [table, reverse]) {
    writer.advanceSerial(SERIAL)
    if (spec.synced !== false) writer.setSynced()
  }
  const config = { ...options, fallthrough: spec.fallthrough ?? [] }
  const context = { localAddresses, rotate: false }
  const reader = new TableReader(table.handle, 0)
  const reverseReader = new TableReader(reverse.handle, 0)
  const zones = new ZoneSet([
    clusterAnswerer(zone, reader, config, context),
    ...(spec.reverseZones ?? []).map((one) => reverseAnswerer(one, reverseReader, config, context)),
  ])
  const handler = kubernetesHandler(zones)
  const lookup = spec.lookup ?? noLookup

  const packetPath = (name: string, type: string, limit: number) => {
    const wire = encodeQuery({ name, type })
    const exchange = new Exchange()
    exchange.request.parse(wire, 0, wire.length)
    exchange.input = wire
    exchange.output = output
    exchange.limit = limit
    reader.enter()
    reverseReader.enter()
    const length = zones.answer(exchange)
    reader.leave()
    reverseReader.leave()
    return { exchange, length, wire }
  }
  const chain = (request: Request, wire: Uint8Array, limit: number) => {
    const client = { client: CLIENT, limit, isRefresh: false, lookup, answeredBy: () => {} }
    const query = { request, wire, ...client, rewritten: () => undefined }
    return handler.handle(query, async () => NEXT_REPLY)
  }
  return {
    askHandler(name, type, limit) {
      const { exchange, wire } = packetPath(name, type, limit)
      return chain(exchange.request, wire, limit)
    },
    askPacketPath(name, type, limit = 65535) {
      const { exchange, length } = packetPath(name, type, limit)
      if (length === NEXT) return ['next']
      if (length === ASK_CHAIN) return ['chain']
      return replyLines(decodeMessage(exchange.output.slice(0, length)))
    },
    async ask(name, type, limit = 65535) {
      const { exchange, length, wire } = packetPath(name, type, limit)
      if (length === NEXT) return ['next']
      if (length !== ASK_CHAIN) return replyLines(decodeMessage(exchange.output.slice(0, length)))
      const { request } = exchange
      const answer = await chain(request, wire, limit)
      if (answer === NEXT_REPLY) return ['next']
      if (!isReply(answer)) throw new Error('the handler replies with records')
      const { rcode, flags = 0, authoritative, ...records } = answer
      const questions = [{ name: nameToWire(name)!, type: request.type, class: 1 }]
      const head = { id: 0, flags: 0x8000 | flags | rcode | (authoritative ? 0x400 : 0) }
      return replyLines(decodeMessage(encodeMessage({ ...head, questions, ...records }, limit)))
    },
  }
}

const output = new Uint8Array(65535)

const NEXT_REPLY = { rcode: 0, authoritative: false, answers: [], authorities: [], additionals: [] }

const CLIENT = {
  protocol: 'udp',
  remoteAddress: '192.0.2.7',
  remotePort: 4660,
  localAddress: '192.0.2.53',
  localPort: 53,
} as const

function noLookup(name: Uint8Array): Promise<WireMessage> {
  throw new Error(`a lookup of ${nameToText(name)}`)
}

/** A message with these answers, as a lookup returns it. */
export function lookedUp(answers: readonly RR[], flags = 0x8080): WireMessage {
  return { id: 0, flags, questions: [], answers, authorities: [], additionals: [] }
}
