// Loads every Corefile of the tables, with fake files and interfaces.
import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { CorefileError } from '../../src/corefile/error.ts'
import { loadConfig } from '../../src/plugins/load.ts'
import { tables } from './cases/index.ts'
import { fakeFiles } from './fake-files.ts'

const interfaces = {
  lo: [
    { address: '127.0.0.1', family: 'IPv4' },
    { address: '::1', family: 'IPv6' },
  ],
}

for (const [theme, cases] of Object.entries(tables)) {
  describe(theme, () => {
    test.each(cases)('$name', (row) => {
      const files = Object.entries(row.files ?? {}).map(([name, text]) => [`/DIR/${name}`, text])
      let result: Config | CorefileError
      try {
        result = loadConfig({
          file: 'Corefile',
          text: row.corefile,
          port: 0,
          env: row.env ?? {},
          files: fakeFiles(Object.fromEntries(files)),
          cwd: '/DIR',
          interfaces,
          parallelism: 2,
        })
      } catch (error) {
        if (!(error instanceof CorefileError)) throw error
        result = error
      }
      const expected = row.unsupported ?? row.error
      if (expected !== undefined || result instanceof CorefileError) {
        expect(result).toBeInstanceOf(CorefileError)
        expect((result as CorefileError).message).toBe(expected)
        return
      }
      if (row.zones !== undefined) expect(listing(result)).toEqual(row.zones)
      if (row.warnings !== undefined) expect(result.warnings).toEqual(row.warnings)
    })
  })
}

function listing({ groups }: Config): readonly string[] {
  const lines = groups.flatMap(({ address, port, zones }) => {
    return zones.map(({ zone }) => `${zone}:${port}${address === '' ? '' : ` on ${address}`}`)
  })
  return lines.sort()
}
