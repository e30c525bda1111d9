// The thread of one operation: only threads that are started with --experimental-ffi can call libc.
import { parentPort, workerData } from 'node:worker_threads'
import { errorText } from '../errors.ts'
import { openLibc } from '../udp/libc.ts'
import { carryOut, type Operation, type Outcome } from './operations.ts'

/** What the thread sends before it ends. */
export type OperationResult = { readonly outcome: Outcome } | { readonly error: string }

function resultOf(operation: Operation): OperationResult {
  try {
    return { outcome: carryOut(openLibc(), operation) }
  } catch (error) {
    return { error: errorText(error) }
  }
}

parentPort?.postMessage(resultOf(workerData as Operation))
