// Decodes what all kinds share in protobuf: lists and metadata (apimachinery meta/v1 generated.proto), with the fields
// that conversion and the reflector read.
import type { Fields } from '../kube/fields.ts'
import { decodeStatus, type MessageDecoder, type MessageReader } from '../kube/protobuf.ts'

/** The labels and annotations that are kept. */
export interface KeptMeta {
  readonly label: (key: string) => boolean
  readonly annotation: (key: string) => boolean
}

/** The decoders of the kinds that a list or watch of `kind` returns. */
export function decodersOf(
  kind: string,
  decode: MessageDecoder,
): Readonly<Record<string, MessageDecoder>> {
  const decodeList: MessageDecoder = (list) => {
    let metadata: Fields = {}
    const items: Fields[] = []
    for (let field = list.next(); field !== 0; field = list.next()) {
      if (field === 1) metadata = decodeListMeta(list.message())
      else if (field === 2) items.push(decode(list.message()))
      else list.skip()
    }
    return { metadata, items }
  }
  return { [kind]: decode, [`${kind}List`]: decodeList, Status: decodeStatus }
}

function decodeListMeta(meta: MessageReader): Fields {
  const fields: Record<string, unknown> = {}
  for (let field = meta.next(); field !== 0; field = meta.next()) {
    if (field === 2) fields.resourceVersion = meta.text()
    else if (field === 3) fields.continue = meta.text()
    else meta.skip()
  }
  return fields
}

/** Decodes ObjectMeta: name, namespace, resourceVersion, whether it is being deleted, and the maps as far as `kept` says. */
export function decodeMeta(meta: MessageReader, kept: KeptMeta): Fields {
  const fields: Record<string, unknown> = {}
  const labels: Record<string, string> = {}
  const annotations: Record<string, string> = {}
  for (let field = meta.next(); field !== 0; field = meta.next()) {
    if (field === 1) fields.name = meta.text()
    else if (field === 3) fields.namespace = meta.text()
    else if (field === 6) fields.resourceVersion = meta.text()
    else if (field === 9) {
      meta.skip()
      fields.deletionTimestamp = 'set'
    } else if (field === 11) decodeEntry(meta.message(), labels, kept.label)
    else if (field === 12) decodeEntry(meta.message(), annotations, kept.annotation)
    else meta.skip()
  }
  return { ...fields, labels, annotations }
}

/** No labels, and the annotations of bookmarks. */
export const BOOKMARKS_ONLY: KeptMeta = {
  label: () => false,
  annotation: (key) => key.startsWith('k8s.io/'),
}

/** One entry of a map of strings. */
function decodeEntry(
  entry: MessageReader,
  into: Record<string, string>,
  isKept: (key: string) => boolean,
): void {
  let key = ''
  let value = ''
  for (let field = entry.next(); field !== 0; field = entry.next()) {
    if (field === 1) key = entry.text()
    else if (field === 2 && isKept(key)) value = entry.text()
    else entry.skip()
  }
  if (isKept(key)) into[key] = value
}
