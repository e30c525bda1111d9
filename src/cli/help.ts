// What --help and a wrong flag show.
import { flagTable } from './flags.ts'

/** The usage, with every flag. */
export function usage(): string {
  const flags = flagTable.map(({ names, value = '', help }) => {
    const spelled = names.map((name) => `-${name}`).join(', ')
    return `  ${`${spelled} ${value}`.padEnd(22)} ${help}`
  })
  return [
    'Usage: clusterset-dns [serve] [flags]     serve DNS from a Corefile',
    '       clusterset-dns check [flags]       say what each line of a Corefile does, or what is wrong',
    '       clusterset-dns fleet --help        export and import services between clusters',
    '       clusterset-dns demo [-p PORT]      serve a small clusterset on 127.0.0.1:5353',
    '',
    'Flags:',
    ...flags,
    '',
    'Signals: SIGTERM and SIGINT stop (with the lameduck of `health`), SIGUSR1 reloads the Corefile.',
    '',
  ].join('\n')
}
