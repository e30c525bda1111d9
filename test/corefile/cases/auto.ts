// `auto`: its errors, as the real CoreDNS has them.
import type { Case } from './case.ts'

const refused = (option: string, error: string): Case => ({
  name: `auto { ${option} }`,
  corefile: `. {\n auto a.test {\n  ${option}\n }\n}\n`,
  error: `plugin/auto: ${error}`,
})
const at = 'Corefile:3 - Error during parsing: '
const wrong = (token: string) =>
  `${at}Wrong argument count or unexpected line ending after '${token}'`

export const auto: readonly Case[] = [
  refused('directory', wrong('directory')),
  refused('directory /tmp (.*)', wrong('(.*)')),
  refused('directory /tmp (.*) a b', wrong('b')),
  refused('directory /tmp db a', `${at}Need at least one sub expression`),
  refused(
    'directory /tmp (* a',
    'error parsing regexp: missing argument to repetition operator: `*`',
  ),
  refused('reload', 'reload duration value is expected'),
  refused('reload soon', 'plugin/file: time: invalid duration "soon"'),
  refused('reload -1s', 'plugin/file: invalid duration'),
  refused('relaod 5s', `${at}unknown property 'relaod'`),
]
