// The manual page, made from the table of commands, in the macros of man(7).
import { type CommandSpec, spelledFlag } from './command.ts'
import { commands } from './commands.ts'

/** The page of section 1; `version` stands in its footer. */
export function manualPage(version: string): string {
  return [
    `.TH CLUSTERSET-DNS 1 "" "clusterset-dns ${version}" "User Commands"`,
    '.SH NAME',
    escaped('clusterset-dns - multicluster DNS server and Multi-Cluster Services fleet controller'),
    '.SH SYNOPSIS',
    ...commands.flatMap(synopsis),
    '.SH DESCRIPTION',
    escaped(
      'The DNS server answers names of imported Services from a Corefile, as CoreDNS does. The fleet controller exports and imports Services between clusters (KEP-1645).',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(section),
    '.SH EXIT STATUS',
    escaped(
      '0: success, also of a server that a signal stops. 1: an error. 2: an invalid command line, or a second signal. 3: `fleet --dry-run --exit-code` found changes, `gather` could not reach a cluster, or `status` could not look. `explain` has codes of its own, which its help lists. 130: a command that runs once was interrupted.',
    ),
    '',
  ].join('\n')
}

function synopsis({ words, usages }: CommandSpec): readonly string[] {
  return usages.flatMap((usage) => [
    `.B ${escaped(['clusterset-dns', ...words].join(' '))}`,
    ...(usage === '' ? [] : [escaped(usage)]),
    '.br',
  ])
}

function section(command: CommandSpec): readonly string[] {
  const { words, summary, flags, dash, more } = command
  return [
    `.SS ${escaped(words.join(' '))}`,
    escaped(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`),
    ...flags.flatMap((flag) => [
      '.TP',
      `.B ${escaped(spelledFlag(flag, dash))}`,
      escaped(flag.help),
    ]),
    ...(more === undefined ? [] : ['.PP', '.nf', escaped(more.trimEnd()), '.fi']),
  ]
}

/** Text in which no character has a meaning for troff. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll(/^\./gm, '\\&.')
}
