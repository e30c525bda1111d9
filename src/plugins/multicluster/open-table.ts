// Opens an answer table and publishes its content.
import { errorText } from '../../errors.ts'
import { TableWriter } from '../../zone/table-writer.ts'
import type { OpenTable, TableContext } from './plan.ts'
import { type Content, publishContent } from './publish.ts'

/** Opens the table of a zone; `contentOf` gets its writer. `onSynced` is called when the table is synced. */
export function openTable(
  { key, zone }: Pick<OpenTable, 'key' | 'zone'>,
  { source, log, nowSeconds, onVisible }: TableContext,
  contentOf: (table: TableWriter) => Content,
  onSynced: () => void = () => {},
): OpenTable {
  const writer = new TableWriter()
  const publication = publishContent({
    content: contentOf(writer),
    table: writer,
    nowSeconds,
    onVisible,
    onError: (owner, error) => {
      log.error(`${owner} keeps its old answers in ${zone}: ${errorText(error)}`)
    },
    onSynced,
  })
  return { key, writer, zone, source: source.name, publication }
}
