// Which ServiceImport owns an object, and which Services were derived by the fleet.
import { DERIVED_LABEL, MCS_GROUP } from './names.ts'
import type { DerivedServiceView, ImportView, OwnerReference } from './types.ts'

/**
 * The owner reference of objects derived from an import. blockOwnerDeletion is not set: it would require the
 * right to update finalizers of the import.
 */
export function ownerReference(serviceImport: ImportView): OwnerReference {
  const { apiVersion, name, uid } = serviceImport
  return { apiVersion, kind: 'ServiceImport', name, uid }
}

/** True for an owner that is a ServiceImport of any API version. */
export function isImportOwner({ apiVersion, kind }: OwnerReference): boolean {
  return kind === 'ServiceImport' && apiVersion.startsWith(`${MCS_GROUP}/`)
}

/** True when the given import is the only ServiceImport among `owners`. */
export function isOwnedBy(
  owners: readonly OwnerReference[],
  { name, uid }: Pick<ImportView, 'name' | 'uid'>,
): boolean {
  const imports = owners.filter(isImportOwner)
  return imports.length === 1 && imports[0]!.name === name && imports[0]!.uid === uid
}

/**
 * True when the Service was derived from the import of this name: by its label, or by its owner if a user removed
 * the label. The name of the Service proves nothing. The uid of the owner is ignored: the import may have been
 * recreated, and without a garbage collector the Service of the old import still exists.
 */
export function isOurService(
  { labels, ownerReferences }: Pick<DerivedServiceView, 'labels' | 'ownerReferences'>,
  importName: string,
): boolean {
  if (Object.hasOwn(labels, DERIVED_LABEL)) return labels[DERIVED_LABEL] === importName
  return ownerReferences.some((owner) => isImportOwner(owner) && owner.name === importName)
}
