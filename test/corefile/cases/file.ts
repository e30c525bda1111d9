// `file`: its errors, as the real CoreDNS has them.
import type { Case } from './case.ts'

const refused = (option: string, error: string): Case => ({
  name: `file { ${option} }`,
  corefile: `. {\n file /no/db a.test {\n  ${option}\n }\n}\n`,
  error: `plugin/file: ${error}`,
})

export const file: readonly Case[] = [
  {
    name: 'file without a file',
    corefile: '. {\n file\n}\n',
    error:
      "plugin/file: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'file'",
  },
  refused('reload', 'reload duration value is expected'),
  refused('reload soon', 'plugin/file: time: invalid duration "soon"'),
  refused('relaod 5s', "Corefile:3 - Error during parsing: unknown property 'relaod'"),
  refused('reload 0s', 'plugin/file: open /no/db: no such file or directory'),
]
