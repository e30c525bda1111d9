// The reference pages of docs/reference, made from the table of commands, the JSON Schema of fleet.yaml and the READMEs of
// the plugins. `npx vitest run test/docs/reference.test.ts -u` writes them.
import { readFileSync } from 'node:fs'
import { type CommandSpec, spelledFlag } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { directives } from '../../src/plugins/directives.ts'

const UPDATE =
  'This page is made from the code; `npx vitest run test/docs/reference.test.ts -u` writes it again.\n'
const sentence = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}.`
/** Text of a cell of a table. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** docs/reference/cli.md: every command with its flags. */
export function cliPage(): string {
  const rows = commands.map(
    ({ words, summary }) =>
      `| [\`${words.join(' ')}\`](#clusterset-dns-${words.join('-')}) | ${cell(sentence(summary))} |`,
  )
  return [
    '# Command line\n',
    UPDATE,
    'Without a command `clusterset-dns` is `serve`, with the flags of CoreDNS. Every command has `--help`, and',
    '`clusterset-dns help COMMAND` prints the same. As `kubectl-clusterset` on the PATH the program is a plugin of kubectl:',
    '`kubectl clusterset status`. In a clone of the repository, `npm run cli -- COMMAND` runs it.\n',
    '| command | |',
    '|---|---|',
    ...rows,
    '',
    '## Exit codes\n',
    '| code | meaning |',
    '|---|---|',
    '| 0 | success; also a server that a signal stops |',
    '| 1 | an error; the text names what failed, and [errors.md](../errors.md) has its causes and cure |',
    '| 2 | the command line is wrong, or a second signal ended a server at once |',
    '| 3 | `fleet --dry-run --exit-code`: there are changes; `gather`, `status`, `explain` and `verify`: something could not be looked at |',
    '| 130 | a command that runs once was interrupted |\n',
    ...commands.map(commandSection),
  ].join('\n')
}

function commandSection(command: CommandSpec): string {
  const { words, summary, usages, flags, dash, more } = command
  const name = ['clusterset-dns', ...words].join(' ')
  const rows = flags.map((flag) => `| \`${cell(spelledFlag(flag, dash))}\` | ${cell(flag.help)} |`)
  return [
    `## ${name}\n`,
    `${sentence(summary)}\n`,
    '```txt',
    ...usages.map((usage) => `${name} ${usage}`.trim()),
    '```\n',
    ...(rows.length > 0 ? ['| flag | meaning |', '|---|---|', ...rows, ''] : []),
    ...(more === undefined ? [] : ['```txt', more.trimEnd(), '```\n']),
  ].join('\n')
}

/** A JSON Schema, as far as deploy/fleet/fleet.schema.json uses it. */
interface Schema {
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly minimum?: number
  readonly minItems?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** docs/reference/fleet-yaml.md: every field of the configuration. */
export function fleetYamlPage(): string {
  const schema = JSON.parse(readFileSync('deploy/fleet/fleet.schema.json', 'utf8')) as Schema
  const { memberDefaults, ...others } = schema.properties!
  const rows = Object.entries(others).flatMap(([name, one]) => fieldRows(name, one, false))
  return [
    '# fleet.yaml, field by field\n',
    UPDATE,
    '`clusterset-dns fleet --config fleet.yaml` reads this file, and so do `check`, `join`, `leave`, `status`, `explain` and',
    '`gather`. It needs `members` or `hub`. [Running the fleet](../fleet.md) explains the settings, and',
    '[Who may speak for what](../trust.md) the policy of members.',
    '`deploy/fleet/fleet.schema.json` is a [JSON Schema for editors](../fleet.md#editors). `clusterset-dns fleet check --config FILE`',
    'finds all faults, each with line, column and cure.\n',
    '```yaml',
    'members:',
    '- {id: east, kubeconfig: clusters.yaml, context: east}',
    '- {id: west, kubeconfig: clusters.yaml, context: west, endpointCIDRs: [10.20.0.0/16]}',
    'hub: {member: east}',
    'importMode: auto',
    '```\n',
    '| field | type | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    `| \`memberDefaults\` | object | | ${cell(memberDefaults!.description!)} It has the fields of \`members[]\` except \`id\`, \`kubeconfig\`, \`context\` and \`inCluster\`. |`,
    '',
  ].join('\n')
}

function fieldRows(path: string, schema: Schema, isRequired: boolean): string[] {
  const type = schema.enum?.map((word) => `\`${word}\``).join(', ') ?? typeOf(schema)
  const fallback =
    schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('"', '')}\``
  const text = `${isRequired ? 'Required. ' : ''}${schema.description ?? ''}`
  const least = schema.minimum === undefined ? '' : `, at least ${schema.minimum}`
  const { properties = {}, required = [] } = schema.items ?? schema
  const inner = schema.items?.properties === undefined ? path : `${path}[]`
  return [
    `| \`${path}\` | ${type}${least} | ${fallback} | ${cell(text)} |`,
    ...Object.entries(properties).flatMap(([name, one]) =>
      fieldRows(`${inner}.${name}`, one, required.includes(name)),
    ),
  ]
}

function typeOf({ type, items }: Schema): string {
  const [first = ''] = [type ?? ''].flat()
  if (first !== 'array') return first
  if (items?.enum !== undefined)
    return `list of ${items.enum.map((one) => `\`${one}\``).join(', ')}`
  return `list of ${[items?.type ?? ''].flat()[0]}s`
}

/** docs/reference/corefile.md: every directive with its syntax and options. */
export function corefilePage(): string {
  const known = [...directives].flatMap(([name, plugin]) => (plugin === undefined ? [] : [name]))
  const readmes = known.map((name) => ({
    name,
    text: readFileSync(`src/plugins/${name}/README.md`, 'utf8'),
  }))
  const summary = (text: string) => /^\*\w+\* - (.*)$/m.exec(text)![1]!
  return [
    '# Corefile, directive by directive\n',
    UPDATE,
    'The grammar is that of CoreDNS: server blocks `ZONE[:PORT] { ... }`, comments, quotes, `import`, snippets `(name)` and',
    'environment variables `{$NAME}`. The order of directives in a block has no meaning: a query goes through them in the order of',
    'this page. `clusterset-dns check -conf FILE` says what each line does. A directive of CoreDNS that is not in this list is an',
    'error at start; [compatibility.md](../compatibility.md#corefile) has all differences.\n',
    'A Corefile for the names of a clusterset:\n',
    '```corefile',
    'clusterset.local:5353 {',
    '    errors',
    '    bufsize 1232',
    '    ready',
    '    prometheus 0.0.0.0:9153',
    '    reload',
    '    loadbalance',
    '    multicluster',
    '}',
    '```\n',
    '| directive | |',
    '|---|---|',
    ...readmes.map(
      ({ name, text }) =>
        `| [\`${name}\`](#${name}) | ${sentence(summary(text).replace(/\.$/, ''))} |`,
    ),
    '',
    ...readmes.map(
      ({ name, text }) =>
        `## ${name}\n\n${syntaxOf(name, text)}\nMore in its [README](../../src/plugins/${name}/README.md): description, metrics, examples and differences from CoreDNS.\n`,
    ),
  ].join('\n')
}

/** The section Syntax of a README, with links that hold in docs/reference. */
function syntaxOf(name: string, text: string): string {
  const [, rest = ''] = text.split('\n## Syntax\n\n')
  const [syntax = ''] = rest.split('\n## ')
  return syntax
    .replaceAll('](#', `](../../src/plugins/${name}/README.md#`)
    .replaceAll('](../../../docs/', '](../')
    .replaceAll('](../', (link, at: number, whole: string) =>
      /^\]\(\.\.\/[\w-]+\.md/.test(whole.slice(at)) ? link : '](../../src/plugins/',
    )
}
