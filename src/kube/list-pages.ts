// Lists a resource in pages. A page that is too large is asked for again with fewer objects, down to one; the next pages
// have as many objects as fit half of the limit. The pages of one list together are bounded too.
import type { ApiClient } from './api-client.ts'
import { ApiError, asApiError } from './api-error.ts'
import { asFields } from './fields.ts'
import { requireListSize } from './receive-limits.ts'
import { requestInfo, type WatchedResource } from './watched-resource.ts'

const PAGE_SIZE = 500
const SHRINK = 5
/** A page counts at least this much, so that a list of endless empty pages ends too. */
const MIN_PAGE_BYTES = 100_000
/** Longer than any resourceVersion and any token of an API server, in characters. */
const MAX_TOKEN = 16_384

interface Page {
  readonly items: readonly unknown[]
  readonly resourceVersion: string
}

/** What is listed, and how. */
type Listed = Pick<
  WatchedResource,
  'resource' | 'group' | 'path' | 'query' | 'acceptList' | 'decoders'
>

/** The lists of one resource. */
export class PagedList {
  readonly #client: ApiClient
  #pageSize = PAGE_SIZE

  constructor(client: ApiClient) {
    this.#client = client
  }

  /** The pages of one list. Rejects with ApiError, "too_large" when one object or the whole list is too large. */
  async *pages(watched: Listed, signal: AbortSignal): AsyncGenerator<Page> {
    let token = ''
    let listed = 0
    do {
      const { value, bytes } = await this.#read(watched, token, signal)
      listed += Math.max(bytes, MIN_PAGE_BYTES)
      requireListSize(this.#client.limits, watched.resource, listed)
      const { items, metadata } = this.#checked(value, watched)
      this.#adapt(items.length, bytes)
      yield { items, resourceVersion: metadata.resourceVersion }
      token = metadata.continue
    } while (token !== '')
  }

  /** The objects of all pages. Rejects as `pages`. */
  async *objects(watched: Listed, signal: AbortSignal): AsyncGenerator<unknown> {
    for await (const { items } of this.pages(watched, signal)) yield* items
  }

  /** Reads a page, with fewer objects while it is too large. */
  async #read(watched: Listed, token: string, signal: AbortSignal) {
    const info = requestInfo(watched, 'list')
    const next = token === '' ? '' : `&continue=${encodeURIComponent(token)}`
    for (;;) {
      const path = `${watched.path}?limit=${this.#pageSize}${watched.query}${next}`
      const request = { info, path, accept: watched.acceptList, signal }
      try {
        return await this.#client.readSized(request, watched.decoders)
      } catch (error) {
        const { reason, message } = asApiError(error)
        if (reason !== 'too_large') throw error
        if (this.#pageSize === 1) {
          throw new ApiError(reason, `${message} (a page of one object)`, { cause: error })
        }
        this.#pageSize = Math.max(1, Math.floor(this.#pageSize / SHRINK))
      }
    }
  }

  #checked(value: unknown, { resource }: Listed) {
    const list = asFields(value)
    const { resourceVersion, continue: token = '' } = asFields(list?.metadata) ?? {}
    const isToken = (one: unknown) => typeof one === 'string' && one.length <= MAX_TOKEN
    if (!Array.isArray(list?.items) || !isToken(resourceVersion) || !isToken(token)) {
      const text = `the response of ${this.#client.server} to list ${resource} is not a list`
      throw new ApiError('protocol', text)
    }
    const metadata = { resourceVersion: String(resourceVersion), continue: String(token) }
    return { items: list.items as readonly unknown[], metadata }
  }

  #adapt(items: number, bytes: number): void {
    if (items === 0) return
    const fitting = Math.floor((this.#client.limits.responseBytes / 2 / bytes) * items)
    this.#pageSize = Math.min(PAGE_SIZE, Math.max(1, fitting))
  }
}
