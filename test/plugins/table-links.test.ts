// The plugins with answer tables say so: a cache is asked after them, and never holds their answers.
import { expect, test } from 'vitest'
import { runtimes } from '../../src/plugins/handlers.ts'
import { HostsTable } from '../../src/plugins/hosts/store/hosts-table.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { configOf } from '../support/config.ts'
import { runtimeContext } from '../support/runtime-context.ts'

/** A context in which every key has a table. */
function contextWithTables() {
  const table = new HostsTable(2 ** 10)
  const reader = new TableReader(new TableWriter({ maxBytes: 2 ** 16 }).handle, 0)
  const tables = new (class extends Map<string, TableReader> {
    override get() {
      return reader
    }
  })()
  return runtimeContext({ tables, shared: { 0: table.handle } })
}

test.each([
  ['multicluster', 'multicluster clusterset.local'],
  ['kubernetes', 'kubernetes cluster.local in-addr.arpa'],
  ['hosts', 'hosts'],
])('%s', (plugin, line) => {
  const config = configOf(`. {\n ${line}\n}\n`, 53).blocks[0]!.directives[0]!
  expect(runtimes.get(plugin)!(config, contextWithTables())).toMatchObject({ hasTables: true })
})
