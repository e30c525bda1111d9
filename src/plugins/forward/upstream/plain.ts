// Which `forward` the upstream thread serves.
import type { ForwardOptions } from '../options.ts'

/** True if the upstreams are asked by UDP, and the first reply is the answer. */
export function isPlainUdp(options: ForwardOptions): boolean {
  const { to, forceTcp, next, nextOnNodata, failover } = options
  return (
    !forceTcp &&
    next.length + failover.length === 0 &&
    !nextOnNodata &&
    to.every(({ transport }) => transport === 'dns')
  )
}
