// The packet path of a Corefile without sockets. Its tables are filled from API objects as in the server, and requests
// are passed as bytes. It uses the encoder and decoder of the test client, which share no code with src/.
import type { PluginConfig } from '../../src/config.ts'
import { nameToWire } from '../../src/dns/name.ts'
import { type KubernetesConfig, multiclusterPart } from '../../src/plugins/kubernetes/config.ts'
import { importedServices } from '../../src/plugins/multicluster/imports.ts'
import type { MulticlusterConfig } from '../../src/plugins/multicluster/options.ts'
import { publishContent } from '../../src/plugins/multicluster/publish.ts'
import { ServicesContent } from '../../src/plugins/multicluster/services-content.ts'
import { tableKey } from '../../src/plugins/multicluster/table-key.ts'
import { blockHandlers } from '../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../src/server/path/listener-path.ts'
import { MISS, type PacketPath } from '../../src/server/path/packet-path.ts'
import { importFromObject, namespaceFromObject } from '../../src/sources/convert.ts'
import type { EndpointSlice, ImportedService } from '../../src/sources/objects.ts'
import type { StoreReader } from '../../src/sources/source.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { configOf } from './config.ts'
import { decodeMessage, type Message } from './dns-decode.ts'
import { encodeQuery, type QuerySpec } from './dns-encode.ts'
import { withoutLocal } from './fake-source.ts'
import type { KubeObject } from './kube-client.ts'
import { runtimeContext } from './runtime-context.ts'
import { importedSlice } from './source-request.ts'

export interface StoreContent {
  readonly views: readonly ImportedService[]
  readonly namespaces: readonly string[]
}

/** The content of a store with these API objects: converted, EndpointSlices by Service and sorted by name. */
export function contentOf(objects: readonly KubeObject[]): StoreContent {
  const all = (kind: string) => objects.filter((object) => object.kind === kind)
  const slices = all('EndpointSlice').flatMap((raw): EndpointSlice[] => {
    const { object } = importedSlice(raw)
    return object === undefined ? [] : [object]
  })
  slices.sort((a, b) => (a.name < b.name ? -1 : 1))
  const views = all('ServiceImport').flatMap((raw): ImportedService[] => {
    const serviceImport = importFromObject(raw).object
    if (serviceImport === undefined) return []
    const { name, namespace } = serviceImport
    const matching = slices.filter(
      (slice) => slice.namespace === namespace && slice.service === name,
    )
    return [{ service: serviceImport, slices: matching }]
  })
  const named = all('Namespace').flatMap((raw) => namespaceFromObject(raw).object?.name ?? [])
  const implied = views.map(({ service }) => service.namespace)
  return { views, namespaces: [...new Set([...named, ...implied])] }
}

/** A store that never changes. */
function fixedStore({ views, namespaces }: StoreContent, synced = true): StoreReader {
  const services = new Map(
    views.map((view) => [`${view.service.namespace}/${view.service.name}`, view]),
  )
  return {
    synced,
    listed: () => synced,
    ...withoutLocal,
    service: (key) => services.get(key),
    serviceKeys: () => services.keys(),
    hasNamespace: (name) => namespaces.includes(name),
    namespaces: () => namespaces,
    subscribe: () => () => {},
  }
}

interface HarnessOptions {
  /** The Corefile; every multicluster zone has the same objects. */
  readonly corefile: string
  readonly content: StoreContent
  readonly synced?: boolean
  readonly localAddresses?: readonly string[]
  readonly serial?: number
}

export interface Harness {
  /** The packet path of the first listener. */
  readonly path: (tcp?: boolean) => PacketPath
  readonly tables: ReadonlyMap<string, TableWriter>
  /** Errors of plugin chains, as "zone text". */
  readonly reports: readonly string[]
  /** The bytes of the reply; undefined for no reply, 'miss' when the plugin chain must answer. */
  readonly answer: (
    request: Uint8Array,
    tcp?: boolean,
    limit?: number,
  ) => Uint8Array | undefined | 'miss'
  /** The bytes of the reply, from the plugin chain after a miss. */
  readonly reply: (request: Uint8Array, tcp?: boolean) => Promise<Uint8Array | undefined>
  readonly ask: (spec: QuerySpec, tcp?: boolean) => Promise<Message>
  /** As `ask`, from the plugin chain alone: the reply if the packet path ended before the zone. */
  readonly askChain: (spec: QuerySpec, tcp?: boolean) => Promise<Message>
}

const OUT_OFFSET = 64
const CLIENT = {
  remoteAddress: '198.51.100.7',
  remotePort: 40000,
  localAddress: '192.0.2.53',
  localPort: 53,
}

function isMulticluster(config: PluginConfig): config is MulticlusterConfig | KubernetesConfig {
  return config.plugin === 'multicluster' || config.plugin === 'kubernetes'
}

export function createHarness(options: HarnessOptions): Harness {
  const { content, synced = true, localAddresses = [], serial = 1_700_000_000 } = options
  const config = configOf(options.corefile, 53)
  const tables = new Map<string, TableWriter>()
  const readers = new Map<string, TableReader>()
  for (const directive of config.blocks.flatMap((block) => block.directives)) {
    if (!isMulticluster(directive)) continue
    const handler = 'clusterZones' in directive ? multiclusterPart(directive) : directive
    for (const zone of handler.zones) {
      const key = tableKey(handler, zone)
      if (tables.has(key)) continue
      const table = new TableWriter({ maxBytes: 2 ** 25 })
      const store = fixedStore(content, synced)
      const { ttl, endpoints, limits } = handler
      const kind = importedServices(store, { zone: nameToWire(zone)!, ttl, endpoints, limits })
      publishContent({
        content: new ServicesContent({ store, table, limits, kind, onPublished: () => {} }),
        table,
        nowSeconds: () => serial,
        onVisible: () => {},
        onError: (owner, error) => {
          throw new Error(`${owner} does not fit: ${error}`)
        },
        turns: { now: () => 0, next: () => () => {} },
      })
      tables.set(key, table)
      readers.set(key, new TableReader(table.handle, 0))
    }
  }
  const reports: string[] = []
  const group = config.groups[0]!
  const build = (protocol: 'udp' | 'tcp') =>
    createPacketPath({
      group,
      blocks: config.blocks.map((one, block) =>
        blockHandlers(one, () =>
          runtimeContext({
            block,
            settings: one.settings,
            protocol,
            localAddresses,
            tables: readers,
          }),
        ),
      ),
      tables: readers,
      protocol,
      onError: (zone, _request, _rcode, error) => {
        reports.push(`${group.zones[zone]?.zone} ${error}`)
      },
      recover: (error) => reports.push(`exception ${error}`),
    })
  const paths = { udp: build('udp'), tcp: build('tcp') }
  const output = new Uint8Array(OUT_OFFSET + 65535 + 64)
  const path = (tcp = false) => (tcp ? paths.tcp : paths.udp)
  const answer: Harness['answer'] = (request, tcp, limit = 65535) => {
    // As in the buffers of the transports, neither starts at 0, and the surrounding bytes are not 0.
    const input = new Uint8Array(request.length + 32).fill(0xa5)
    input.set(request, 16)
    output.fill(0x5a)
    path(tcp).enter()
    const length = path(tcp).answer(input, 16, request.length, output, OUT_OFFSET, limit)
    path(tcp).leave()
    if (length === MISS) return 'miss'
    for (const at of [OUT_OFFSET - 1, OUT_OFFSET + length]) {
      if (output[at] !== 0x5a) throw new Error('bytes outside of the reply were written')
    }
    return length === 0 ? undefined : output.slice(OUT_OFFSET, OUT_OFFSET + length)
  }
  const resolve = async (request: Uint8Array, tcp = false) => {
    const client = { ...CLIENT, protocol: tcp ? 'tcp' : 'udp' } as const
    return (await path(tcp).resolve(request, client)).reply
  }
  const reply: Harness['reply'] = async (request, tcp) => {
    const bytes = answer(request, tcp)
    return bytes === 'miss' ? resolve(request, tcp) : bytes
  }
  return {
    path,
    tables,
    reports,
    answer,
    reply,
    ask: async (spec, tcp) => {
      const bytes = await reply(encodeQuery(spec), tcp)
      if (bytes === undefined) throw new Error(`no reply to ${spec.name} ${spec.type}`)
      return decodeMessage(bytes)
    },
    askChain: async (spec, tcp) =>
      decodeMessage((await resolve(encodeQuery(spec), tcp)) ?? new Uint8Array(0)),
  }
}
