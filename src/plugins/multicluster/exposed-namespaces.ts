// Which namespaces a directive exposes, as plain data.
import type { LabelSelector } from '../../corefile/label-selector.ts'

/** The namespaces whose objects have names: those that are listed, or those with these labels; else all. */
export interface ExposedNamespaces {
  readonly names?: readonly string[]
  readonly labels?: LabelSelector
}
