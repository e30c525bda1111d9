// `clusterset-dns explain NAME`: why a service does not answer. Changes nothing.
import { CodedError, errorText } from '../../errors.ts'
import {
  type Explanation,
  explainDns,
  explainExitCode,
  explainObjects,
} from '../../fleet/explain/explain.ts'
import { type ClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import { FlagError } from '../flags.ts'
import { documentText, isDocument } from '../output.ts'
import { startProgress } from '../progress.ts'
import { runParsed } from '../run-parsed.ts'
import type { Signals } from '../signals.ts'
import { printTo, type Terminal } from '../terminal.ts'
import { askExplanation } from './ask-fleet.ts'
import { askServers } from './ask-servers.ts'
import { collectFacts } from './collect.ts'
import { type ExplainFlags, parseExplainFlags } from './explain-flags.ts'
import { explainDocument, explanationText } from './explain-text.ts'

/** Exit codes besides those of the explanation. */
const USAGE = 2
const COULD_NOT_LOOK = 3

/** Runs the command and exits with its code; resolves only after --help. */
export async function explainCommand(args: readonly string[], signals: Signals): Promise<void> {
  try {
    await runParsed(['explain'], parseExplainFlags(args), signals, explain)
  } catch (error) {
    if (error instanceof FlagError) throw error
    printTo(process.stderr, errorText(error))
    process.exit(explainErrorCode(error))
  }
}

/** The exit code after an error: 1 would say that a link is broken. */
export function explainErrorCode(error: unknown): 2 | 3 {
  const isConfig = error instanceof CodedError && error.code === 'FLEET_CONFIG'
  return isConfig ? USAGE : COULD_NOT_LOOK
}

/** Prints the explanation; resolves to the exit code. */
export async function explain(
  flags: ExplainFlags,
  deps: ClientDeps,
  terminal: Pick<Terminal, 'show' | 'paint'>,
  signal: AbortSignal,
): Promise<number> {
  const explanation = await explanationOf(flags, deps, signal)
  const { format } = flags
  const text = isDocument(format)
    ? documentText(explainDocument(explanation), format)
    : explanationText(explanation, terminal.paint)
  terminal.show(text)
  return explainExitCode(explanation)
}

async function explanationOf(
  flags: ExplainFlags,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<Explanation> {
  const full = fullClientDeps(deps)
  const end = startProgress(full.log, full.clock, () => 'waiting for the answers of the clusters')
  try {
    const { source } = flags
    const objects =
      source.kind === 'fleet'
        ? await askExplanation(flags, source.url, signal)
        : explainObjects(await collectFacts(flags, source.config, full, signal))
    return explainDns(objects, await askServers(flags, objects, signal))
  } finally {
    end()
  }
}
