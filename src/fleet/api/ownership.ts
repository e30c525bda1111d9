// Which ServiceImport owns an object, and which Services the fleet made.
import { DERIVED_LABEL, MCS_GROUP } from './names.ts'
import type { DerivedServiceView, ImportView, OwnerReference } from './types.ts'

/**
 * The owner of what is made for an import. Without blockOwnerDeletion, which would need the right to
 * update finalizers of the import.
 */
export function ownerReference(serviceImport: ImportView): OwnerReference {
  const { apiVersion, name, uid } = serviceImport
  return { apiVersion, kind: 'ServiceImport', name, uid }
}

/** True for an owner that is a ServiceImport, in whichever API version. */
export function isImportOwner({ apiVersion, kind }: OwnerReference): boolean {
  return kind === 'ServiceImport' && apiVersion.startsWith(`${MCS_GROUP}/`)
}

/** True when exactly one ServiceImport owns the object, and it is this one. */
export function isOwnedBy(
  owners: readonly OwnerReference[],
  { name, uid }: Pick<ImportView, 'name' | 'uid'>,
): boolean {
  const imports = owners.filter(isImportOwner)
  return imports.length === 1 && imports[0]!.name === name && imports[0]!.uid === uid
}

/**
 * True when the Service was made for the import of this name: by its label, or by its owner should a hand have
 * removed the label. The name of the Service says nothing, and neither does the uid of the owner: the import may
 * have been made anew since, and where no garbage collector runs the old one's Service is still there.
 */
export function isOurService(
  { labels, ownerReferences }: Pick<DerivedServiceView, 'labels' | 'ownerReferences'>,
  importName: string,
): boolean {
  if (Object.hasOwn(labels, DERIVED_LABEL)) return labels[DERIVED_LABEL] === importName
  return ownerReferences.some((owner) => isImportOwner(owner) && owner.name === importName)
}
