// All targets, by name.
import type { TargetKind } from './target.ts'
import { cache } from './targets/cache.ts'
import { packet } from './targets/packet.ts'
import { parser } from './targets/parser.ts'
import { tcp } from './targets/tcp.ts'
import { upstream } from './targets/upstream.ts'

const all: readonly TargetKind[] = [parser, packet, cache, upstream, tcp]

export const targets: ReadonlyMap<string, TargetKind> = new Map(
  all.map((kind) => [kind.name, kind]),
)
