// Plain DNS over TCP to one upstream.
import type { ExchangerOptions } from './exchanger.ts'
import { StreamExchanger } from './stream.ts'

/** TCP to one upstream. */
export function tcpExchanger(options: ExchangerOptions): StreamExchanger {
  const { address, port, sourceAddress } = options
  const net = process.getBuiltinModule('node:net')
  const localAddress = sourceAddress === undefined ? {} : { localAddress: sourceAddress }
  return new StreamExchanger(options, {
    openEvent: 'connect',
    dial: () => net.connect({ host: address, port, ...localAddress }),
  })
}
