// An `acl` in a block, before a plugin that answers everything with NXDOMAIN: on the packet path, or in the chain.

import { ACL_COUNTERS, aclFamilies, counterOffset } from '../../../src/plugins/acl/counters.ts'
import type { AclConfig } from '../../../src/plugins/acl/options.ts'
import { aclRuntime } from '../../../src/plugins/acl/runtime.ts'
import type { Client } from '../../../src/plugins/chain.ts'
import { emptyReply } from '../../../src/plugins/chain.ts'
import type { Link } from '../../../src/plugins/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../../src/server/path/listener-path.ts'
import { MISS } from '../../../src/server/path/packet-path.ts'
import { encodeSockaddr } from '../../../src/udp/sockaddr.ts'
import { configOf } from '../../support/config.ts'
import { decodeMessage, type Message } from '../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

const SERVER = 'dns://:53'
const NXDOMAIN = 3

/** The directives of a block for `zones`. */
export function aclConfig(lines: string, zones = '.'): AclConfig {
  const { blocks } = configOf(`${zones} {\n${lines}\nwhoami\n}\n`)
  return blocks[0]!.directives.find((one): one is AclConfig => one.plugin === 'acl')!
}

/** Ends the packet path: everything behind it runs in the chain. */
const toChain: Link = { handler: { name: 'first', handle: (_query, next) => next() } }

/** What follows the directive: it answers what is allowed. */
const next: Link = {
  answerer: { answer: (exchange) => exchange.bare(NXDOMAIN) },
  handler: { name: 'next', handle: async () => emptyReply(NXDOMAIN) },
}

interface RigOptions {
  readonly zones?: string
  /** True: the packet path ends before the directive. */
  readonly chain?: boolean
  /** Before the directive. */
  readonly before?: readonly Link[]
  /** In place of the plugin that answers everything. */
  readonly after?: readonly Link[]
}

export function aclRig(lines: string, options: RigOptions = {}) {
  const { zones, chain = false, before = [], after = [next] } = options
  const config = aclConfig(lines, zones)
  const labels = ['', ...config.rules.flatMap((rule) => rule.zones)].map((zone) => {
    return { server: SERVER, zone }
  })
  const offsets = Object.fromEntries(labels.map(({ zone }, i) => [zone, counterOffset(i)]))
  const counters = new Float64Array(ACL_COUNTERS)
  const acl = aclRuntime(config, runtimeContext({ counters, shared: [{ 0: offsets }] }))
  const links = [...(chain ? [toChain] : []), ...before, acl, ...after]
  const path = createPacketPath({
    group: { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] },
    blocks: [linkBlock(links, {}, 'next')],
    tables: new Map(),
    protocol: 'udp',
    onError: () => {},
    recover: (error) => {
      throw error
    },
  })
  const output = new Uint8Array(65_535)

  /** The reply; undefined if there is none. */
  async function ask(spec: QuerySpec, from: string): Promise<Message | undefined> {
    const query = encodeQuery(spec)
    path.setClient(encodeSockaddr(from, 4660) ?? new Uint8Array(0), 0)
    const length = path.answer(query, 0, query.length, output, 0, output.length)
    if (length !== MISS) return length > 0 ? decodeMessage(output.slice(0, length)) : undefined
    const local = { localAddress: '', localPort: 53 }
    const client: Client = { protocol: 'udp', remoteAddress: from, remotePort: 4660, ...local }
    const { reply } = await path.resolve(query, client)
    return reply && decodeMessage(reply)
  }

  return {
    ask,
    /** "next" for what is allowed; else the rcode and the Extended DNS Error, or "no reply". */
    async decide(name: string, type: string, from: string): Promise<string> {
      const reply = await ask({ name, type, edns: {} }, from)
      if (reply === undefined) return 'no reply'
      if (reply.rcode === 'NXDOMAIN') return 'next'
      const errors = reply.opt!.options.map(({ code, data }) => `${code}=${data.join()}`)
      return [reply.rcode, ...errors].join(' ')
    },
    /** The counts as "action zone count". */
    counts(): readonly string[] {
      return aclFamilies(labels, [counters]).flatMap(({ name, samples }) =>
        samples.map(([, { zone = '' }, count]) => {
          const action = /^coredns_acl_(\w+)_requests_total$/.exec(name)![1]
          return [action, zone, count].filter((one) => one !== '').join(' ')
        }),
      )
    },
  }
}
