// The kernel of this node, as the control thread sees it. Each operation has a short-lived thread: a process makes four in its
// life, and none of their memory stays.
import { closeSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { Worker } from 'node:worker_threads'
import { CodedError } from '../errors.ts'
import type { Operation, Outcome } from './operations.ts'
import type { OperationResult } from './worker.ts'

/** What `NodeNetwork` needs of the kernel; tests replace it. */
export interface Kernel {
  /** Rejects with CodedError NODE_NETWORK. */
  carryOut(operation: Operation): Promise<Outcome>
  /** Closes the socket that owns the table of rules, so that the kernel deletes the table. */
  close(socket: number): void
  /** The addresses of all interfaces that are up. */
  addresses(): readonly string[]
}

// .ts in the source tree, .js in a build.
const WORKER = new URL(
  `./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
)

/** The kernel of this machine. */
export const kernel: Kernel = {
  carryOut: inThread,
  close: closeSync,
  addresses: () =>
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
}

function inThread(operation: Operation): Promise<Outcome> {
  return new Promise((done, fail) => {
    const worker = new Worker(WORKER, {
      workerData: operation,
      execArgv: ['--experimental-ffi', '--disable-warning=ExperimentalWarning'],
    })
    const failWith = (why: string) => fail(new CodedError('NODE_NETWORK', why))
    worker.once('message', (result: OperationResult) => {
      if ('outcome' in result) done(result.outcome)
      else failWith(result.error)
    })
    worker.once('error', ({ message }) => failWith(message))
    worker.once('exit', () => failWith('the thread for the network of the node ended early'))
  })
}
