// The usage text of --help and of command line errors.
import { flagTable } from './flags.ts'

/** The usage text with all flags and signals. */
export function usage(): string {
  const flags = flagTable.map(({ names, value = '', help }) => {
    const spelled = names.map((name) => `-${name}`).join(', ')
    return `  ${`${spelled} ${value}`.padEnd(22)} ${help}`
  })
  return [
    'Usage: clusterset-dns [serve] [flags]     serve DNS from a Corefile',
    '       clusterset-dns check [flags]       explain each line of a Corefile, or report its error',
    '       clusterset-dns fleet --help        export and import Services between clusters',
    '       clusterset-dns demo [-p PORT]      serve a small clusterset on 127.0.0.1:5353',
    '',
    'Flags:',
    ...flags,
    '',
    'Signals: SIGTERM and SIGINT stop the server after the lameduck time of `health`; SIGUSR1 reloads the Corefile; SIGUSR2 and SIGHUP are ignored.',
    '',
  ].join('\n')
}
