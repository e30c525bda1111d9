// All targets, by name. Only the ones that run are loaded.
import type { TargetKind } from './target.ts'

interface TargetEntry {
  /** What gets the packets, for `--help` and RESULT.md. */
  readonly subject: string
  load(): Promise<TargetKind>
}

export const targets: ReadonlyMap<string, TargetEntry> = new Map([
  [
    'parser',
    {
      subject: 'request parser, names, EDNS options',
      load: async () => (await import('./targets/parser.ts')).parser,
    },
  ],
  [
    'packet',
    {
      subject:
        'UDP: packet loop, tables, `log`, `prometheus`, `loadbalance`, `acl`, `bufsize`, slow path',
      load: async () => (await import('./targets/packet.ts')).packet,
    },
  ],
  [
    'cache',
    {
      subject: 'storing replies, hits and their TTLs, keys',
      load: async () => (await import('./targets/cache.ts')).cache,
    },
  ],
  [
    'alias',
    {
      subject: 'replies to aliases of `rewrite`: names, pointers, lengths',
      load: async () => (await import('./targets/alias.ts')).alias,
    },
  ],
  [
    'upstream',
    {
      subject: 'reply walk, wire replies, acceptance of replies by `forward`',
      load: async () => (await import('./targets/upstream.ts')).upstream,
    },
  ],
  [
    'tcp',
    {
      subject: 'TCP: frames of clients and of upstreams, splits, lengths that lie, pipelining',
      load: async () => (await import('./targets/tcp.ts')).tcp,
    },
  ],
])

/** The target with this name, which must exist. */
export function loadTarget(name: string): Promise<TargetKind> {
  return targets.get(name)!.load()
}
