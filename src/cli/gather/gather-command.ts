// `clusterset-dns gather`: a support archive of the fleet and its clusters, without secrets.
import { type ClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import { runParsed } from '../run-parsed.ts'
import type { Signals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'
import { writeArchive } from './archive.ts'
import { gatherFiles } from './gather-files.ts'
import { type GatherFlags, parseGatherFlags } from './gather-flags.ts'
import type { ClusterReport } from './report.ts'

const EXIT = { complete: 0, notReached: 3 } as const

/** Runs the command and exits with its code; resolves only after --help. Rejects with FlagError or CodedError. */
export async function gatherCommand(args: readonly string[], signals: Signals): Promise<void> {
  await runParsed(['gather'], parseGatherFlags(args), signals, gather)
}

/** Writes the archive; resolves to the exit code. Rejects with GATHER, and when the signal aborts. */
export async function gather(
  { config, hasContexts, file }: GatherFlags,
  deps: ClientDeps,
  { print }: Pick<Terminal, 'print'>,
  signal: AbortSignal,
): Promise<number> {
  const full = fullClientDeps(deps)
  const now = full.clock.wall()
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const root = `clusterset-dns-gather-${time}`
  const path = file ?? `${root}.tar.gz`
  const reports: ClusterReport[] = []
  const files = () => gatherFiles({ config, hasContexts, root, deps: full, reports, signal })
  await writeArchive(path, files, Math.floor(now / 1000))
  const clusters = reports.slice(1)
  const away = clusters.filter(({ reached }) => !reached)
  const unread = reports.reduce((sum, one) => sum + one.unread, 0)
  print(`${path} is written: ${clusters.length - away.length} of ${clusters.length} clusters`)
  if (unread > 0) print(`NOT READ: ${unread} (see summary.txt)`)
  return reports.every(({ reached }) => reached) ? EXIT.complete : EXIT.notReached
}
