// The plan of a server with one block that forwards to upstreams, without a Corefile.
import type { PluginConfig } from '../../src/config.ts'
import type { ForwardConfig, ForwardOptions } from '../../src/plugins/forward/options.ts'
import { newOptions } from '../../src/plugins/forward/stanza.ts'
import { isPlainUdp } from '../../src/plugins/forward/upstream/plain.ts'
import { UpstreamWriter } from '../../src/plugins/forward/upstream-writer.ts'
import type { ServerPlan } from '../../src/server/shared/plan.ts'

interface ForwardPlan {
  readonly plan: ServerPlan
  readonly writer: UpstreamWriter
}

/** `forward . UPSTREAMS` ("IP:PORT") at 127.0.0.1:`port`, with other directives before it. */
export function forwardPlan(
  port: number,
  upstreams: readonly string[],
  changes: Partial<ForwardOptions> = {},
  others: readonly PluginConfig[] = [],
): ForwardPlan {
  const writer = new UpstreamWriter()
  const addresses = upstreams.map((text) => {
    const [address = '', upstreamPort] = text.split(':')
    return { target: 0, address, port: Number(upstreamPort) }
  })
  writer.update(addresses)
  const to = addresses.map(({ address, port: upstreamPort }) => {
    return { kind: 'address', transport: 'dns', address, port: upstreamPort } as const
  })
  const options = { ...newOptions('.'), to, ...changes }
  const config: ForwardConfig = { plugin: 'forward', forwards: [options] }
  const settings = isPlainUdp(options) ? { asksUpstreams: true } : {}
  const group = { address: '127.0.0.1', port, sockets: 1, zones: [{ zone: '.', block: 0 }] }
  return {
    writer,
    plan: {
      blocks: [{ directives: [...others, config], settings }],
      listeners: [{ group, localAddresses: [] }],
      tables: {},
      shared: { forward: { 0: [{ upstreams: writer.buffer, tls: {} }] } },
      counters: {},
    },
  }
}
