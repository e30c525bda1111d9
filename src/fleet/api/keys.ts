// Keys of Services and of the objects with their names: "namespace/name".

/** The parts of a key; a key without a slash has an empty name. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}
