// Which API server or folder a source reads, as plain data.

/** Where a zone's objects come from. Zones with equal specs share one store and its watches. */
export type SourceSpec =
  | { readonly kind: 'in-cluster' }
  | { readonly kind: 'kubeconfig'; readonly file: string; readonly context?: string }
  | { readonly kind: 'endpoint'; readonly url: string; readonly tls?: TlsFiles }
  | { readonly kind: 'manifests'; readonly directory: string }

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  readonly ca: string
}
