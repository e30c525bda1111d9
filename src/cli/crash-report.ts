// The report of an exception that nothing catches: its stack trace. Node's own report also prints the properties of the
// error and of its causes, such as an invalid URL, a request or the options of a connection, with passwords and tokens.
import { errorStack } from '../errors.ts'
import { printTo } from './terminal.ts'

/** Ends the process with 1 at an exception or a rejection that nothing catches. */
export function reportCrashes(): void {
  process.on('uncaughtException', (error) => {
    printTo(process.stderr, errorStack(error))
    process.exit(1)
  })
}
