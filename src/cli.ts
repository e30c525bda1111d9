#!/usr/bin/env node
// The command `clusterset-dns`. Its signal handlers stand before anything else is loaded: Node would open its
// inspector on SIGUSR1 (--disable-sigusr1 is no help: it takes the signal from us too), and a SIGHUP of a lost
// terminal would end it.
import { pendingSignals } from './cli/signals.ts'

const signals = pendingSignals(['SIGUSR1', 'SIGHUP', 'SIGTERM', 'SIGINT', 'SIGQUIT'])
const { main } = await import('./cli/main.ts')
await main(process.argv.slice(2), signals)
