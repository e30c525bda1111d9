// `hosts`: its errors, as the real CoreDNS has them.
import type { Case } from './case.ts'

const block = (...options: readonly string[]) =>
  `. {\n hosts /etc/hosts {\n  ${options.join('\n  ')}\n }\n}\n`
const refused = (option: string, message: string): Case => ({
  name: `hosts { ${option} }`,
  corefile: block(...option.split('; ')),
  error: `plugin/hosts: Corefile:${2 + option.split('; ').length} - Error during parsing: ${message}`,
})

export const hosts: readonly Case[] = [
  refused('ttl', 'ttl needs a time in second'),
  refused('ttl 5s', 'ttl needs a number of second'),
  refused('ttl 0', 'ttl provided is invalid'),
  refused('ttl 65536', 'ttl provided is invalid'),
  refused('reload', 'reload needs a duration (zero seconds to disable)'),
  refused('reload 1s 2s', 'reload needs a duration (zero seconds to disable)'),
  refused('reload soon', "invalid duration for reload 'soon'"),
  refused('reload -5s', "invalid negative duration for reload '-5s'"),
  refused('fallthrough; relaod 5s', "unknown property 'relaod'"),
  refused('fallthrough; 10.0.0.1 a.org', "unknown property '10.0.0.1'"),
  refused(
    'fallthrough; fallthrough_unsupported a.org',
    "Wrong argument count or unexpected line ending after 'a.org'",
  ),
  {
    name: 'two hosts in a block',
    corefile: '. {\n hosts\n hosts\n}\n',
    error: 'plugin/hosts: this plugin can only be used once per Server Block',
  },
]
