// The token in a kubeconfig text: which one its current context uses, and the same text with another one.
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { yamlOptions } from './yaml-options.ts'

/** The token of the current context's user; undefined when it has none or the text is no kubeconfig. Never throws. */
export function kubeconfigToken(text: string): string | undefined {
  const token = currentUser(read(text))?.get('token')
  return typeof token === 'string' && token !== '' ? token : undefined
}

/** The text with `token` for the current context's user; comments and all other fields stay, in kubectl's layout. */
export function withKubeconfigToken(text: string, token: string): string {
  const document = read(text)
  currentUser(document)?.set('token', token)
  return document.toString({ lineWidth: 0, indentSeq: false, flowCollectionPadding: false })
}

function read(text: string): Document {
  return parseDocument(text, yamlOptions)
}

function currentUser(document: Document): YAMLMap | undefined {
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined
  const context = entry(document, 'contexts', document.get('current-context'))?.get('context')
  const user = isMap(context)
    ? entry(document, 'users', context.get('user'))?.get('user')
    : undefined
  return isMap(user) ? user : undefined
}

/** The entry of this name in a list of the kubeconfig. */
function entry(document: Document, list: string, name: unknown): YAMLMap | undefined {
  const entries = document.get(list)
  if (!isSeq(entries) || typeof name !== 'string') return undefined
  return entries.items.filter((one) => isMap(one)).find((one) => one.get('name') === name)
}
