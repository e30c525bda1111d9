#!/usr/bin/env node
// The command `clusterset-dns`. Its signal handlers stand before anything else is loaded: Node would open its
// inspector on SIGUSR1 (--disable-sigusr1 is no help: it takes the signal from us too), and a SIGHUP of a lost
// terminal would end it.
import { setFlagsFromString } from 'node:v8'
import { pendingSignals } from './cli/signals.ts'

// The youngest objects' space keeps its first size, in every thread: by itself it grows to tens of megabytes
// that are never given back. Costs a few percent of the start (bench memory: a fifth less anonymous memory).
setFlagsFromString('--semi-space-growth-factor=1')

const signals = pendingSignals(['SIGUSR1', 'SIGHUP', 'SIGTERM', 'SIGINT', 'SIGQUIT'])
const { main } = await import('./cli/main.ts')
await main(process.argv.slice(2), signals)
