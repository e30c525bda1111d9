// `clusterset-dns verify --contexts A,B`: whether a Service of one cluster answers in the other. It creates a tiny Service in a
// namespace of its own, and cleans up.
import { randomBytes } from 'node:crypto'
import { errorText } from '../../errors.ts'
import { explainObjects, firstBroken } from '../../fleet/explain/explain.ts'
import type { Link } from '../../fleet/explain/link.ts'
import { ZONE } from '../../fleet/explain/target.ts'
import { timeLimit } from '../../fleet/hub/timeout.ts'
import { ApiClient } from '../../kube/api-client.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import { collectFacts } from '../explain/collect.ts'
import { kubectlWords } from '../explain/kubectl-words.ts'
import { documentText, isDocument } from '../output.ts'
import { startProgress } from '../progress.ts'
import { runParsed } from '../run-parsed.ts'
import type { Signals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'
import { stepIds, verifyExitCode } from './step.ts'
import { placeOf } from './verify-answers.ts'
import { VerifyCluster } from './verify-cluster.ts'
import { parseVerifyFlags, type VerifyFlags } from './verify-flags.ts'
import { namespaceName, SERVICE } from './verify-objects.ts'
import { CLEAN_UP_MS, takeCleanUp, takeSteps } from './verify-steps.ts'
import { resultText, stepText, verifyDocument } from './verify-text.ts'
import { Walk } from './walk.ts'

/** Milliseconds to send the deletions. */
const DELETE_MS = 15_000

/** Runs the command and exits with its code; resolves only after --help. Rejects with FlagError. */
export async function verifyCommand(args: readonly string[], signals: Signals): Promise<void> {
  await runParsed(['verify'], parseVerifyFlags(args), signals, verify)
}

/** Prints each step when it is done; resolves to the exit code. Rejects when the signal aborts, after the clean-up. */
export async function verify(
  flags: VerifyFlags,
  deps: ClientDeps,
  terminal: Pick<Terminal, 'show' | 'paint'>,
  signal: AbortSignal,
): Promise<number> {
  const full = fullClientDeps(deps)
  const { clock, log } = full
  const { config, format, timeoutMs, image, dns, clusterDns } = flags
  const clusters = config.members.map(({ id, spec }) => {
    return new VerifyCluster(id, kubectlWords(spec, id, full.env), new ApiClient(spec, full))
  })
  const [exporter, importer] = clusters as [VerifyCluster, VerifyCluster]
  const namespace = namespaceName(randomBytes(4).toString('hex'))
  let waitsFor = ''
  const endProgress = startProgress(log, clock, () => waitsFor)
  const places = [...clusters.map(({ name }) => name), ...[dns, clusterDns].map(placeOf)]
  const atWidth = Math.max(...places.map((one) => one.length))
  const walk = new Walk({
    clock,
    timeoutMs,
    signal,
    waitsFor: (text) => (waitsFor = text && `waiting: ${text}`),
    tell: (step) => {
      // Those that nobody looks at are in the result.
      if (isDocument(format) || step.state === 'unseen') return
      terminal.show(stepText(step, atWidth, terminal.paint))
    },
    explain: () => explained(flags, namespace, importer, full, signal),
  })
  const now = clock.wall()
  let isCreated = false
  try {
    try {
      // A step is taken in at most two clusters.
      const until = now + 2 * (stepIds.length * timeoutMs + CLEAN_UP_MS)
      const clientSeconds = Math.max(1, Math.floor(timeoutMs / 3000))
      const where = { exporter, importer, namespace, image, dns, clusterDns }
      await takeSteps({ ...where, now, until, clientSeconds }, walk, () => (isCreated = true))
    } finally {
      if (isCreated) await removeNamespaces(clusters, namespace, full, signal)
    }
    if (isCreated) await takeCleanUp(clusters, namespace, walk)
  } finally {
    endProgress()
    await Promise.all(clusters.map(({ client }) => client.close()))
  }
  const { steps } = walk
  const verified = { exporter: exporter.name, importer: importer.name, namespace, steps }
  terminal.show(
    isDocument(format)
      ? documentText(verifyDocument(verified), format)
      : resultText(verified, terminal.paint),
  )
  return verifyExitCode(steps)
}

/** Deletes the namespaces, also when the user has interrupted the command. Never rejects. */
async function removeNamespaces(
  clusters: readonly VerifyCluster[],
  namespace: string,
  { clock, log }: FullClientDeps,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) {
    log.info(`interrupted: deleting the namespace ${namespace}; once more to leave it`)
  }
  const limit = timeLimit(clock, DELETE_MS)
  try {
    await Promise.all(
      clusters.map(async (one) => {
        try {
          await one.removeNamespace(namespace, undefined, limit.signal)
        } catch (error) {
          const command = `${one.kubectl} delete namespace ${namespace}`
          log.error(`the namespace ${namespace} is not deleted: ${errorText(error)}: ${command}`)
        }
      }),
    )
  } finally {
    limit.cancel()
  }
}

/** The first link that `explain` finds broken in the importing cluster. */
async function explained(
  { config }: VerifyFlags,
  namespace: string,
  { name: from }: VerifyCluster,
  deps: FullClientDeps,
  signal: AbortSignal,
): Promise<Link | undefined> {
  const target = { namespace, name: SERVICE, zone: ZONE }
  const facts = await collectFacts({ target, from, rightsOf: 'account' }, config, deps, signal)
  return firstBroken(explainObjects(facts))
}
