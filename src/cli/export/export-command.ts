// `clusterset-dns export SERVICE` and `unexport SERVICE`: create and delete a ServiceExport, as subctl does.
import { CodedError } from '../../errors.ts'
import { deadlineError } from '../../fleet/preflight/check-cluster.ts'
import { type ClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import { documentText, isDocument } from '../output.ts'
import { startProgress } from '../progress.ts'
import { runParsed } from '../run-parsed.ts'
import type { Signals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'
import { type ExportCommand, type ExportFlags, parseExportFlags } from './export-flags.ts'
import {
  createExport,
  deleteExport,
  type ExportRequest,
  type ExportResult,
} from './write-export.ts'

/** What a server may have done that did not answer. */
const MAY_BE_DONE = {
  export: 'the ServiceExport may have been created all the same',
  unexport: 'the ServiceExport may have been deleted all the same',
} as const
const actions = { export: createExport, unexport: deleteExport } as const

/** Runs the command and exits with its code; resolves only after --help. Rejects with FlagError or CodedError. */
export async function exportCommand(
  command: ExportCommand,
  args: readonly string[],
  signals: Signals,
): Promise<void> {
  const flags = parseExportFlags(command, args)
  await runParsed([command], flags, signals, (...rest) => exportWith(command, ...rest))
}

/** Prints what was done, as a sentence or as a document; resolves to the exit code 0. Rejects as the actions do, and when the signal aborts. */
export async function exportWith(
  command: ExportCommand,
  { spec, format, ...request }: ExportFlags,
  deps: ClientDeps,
  { print, show }: Pick<Terminal, 'print' | 'show'>,
  signal: AbortSignal,
): Promise<number> {
  const full = fullClientDeps(deps)
  const end = startProgress(full.log, full.clock, () => 'waiting for the API server')
  try {
    const result = await withClient(spec, full, signal, async (client, limit) => {
      try {
        return await actions[command]({ ...request, client, signal: limit })
      } catch (error) {
        const late = deadlineError({ client, signal: limit })
        if (late === undefined) throw error
        const done = request.dryRun ? '' : `; ${MAY_BE_DONE[command]}: try again`
        throw new CodedError(late.code, `${late.message}${done}`)
      }
    })
    const { service, dryRun } = request
    if (isDocument(format)) {
      show(documentText(exportDocument(command, { service, dryRun, ...result }), format))
    } else print(result.text)
    return 0
  } finally {
    end()
  }
}

/** The document of `-o json` and `-o yaml`; docs/fleet.md describes it. */
function exportDocument(
  command: ExportCommand,
  result: ExportResult & Pick<ExportRequest, 'service' | 'dryRun'>,
): object {
  const { namespace, service, changed, dryRun, text } = result
  return {
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'ExportResult',
    command,
    namespace,
    service,
    changed,
    dryRun,
    text,
  }
}
