// What became of objects since a moment of the past, every version of them, as the API server's own watch tells it.
// So a test can say "never in between" without looking at the right time.
import type { KubeClient, KubeObject } from './kube-client.ts'

export interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}

/** This moment, for `eventsSince`. `path` is that of a list. */
export async function momentOf(
  { request }: Pick<KubeClient, 'request'>,
  path: string,
): Promise<string> {
  const { body } = await request<{ metadata: { resourceVersion: string } }>('GET', path)
  return body.metadata.resourceVersion
}

/** All that happened to the objects under `path` from `moment` until now, in order. */
export async function eventsSince<T extends KubeObject>(
  { request }: Pick<KubeClient, 'request'>,
  path: string,
  moment: string,
): Promise<readonly WatchEvent<T>[]> {
  // The history comes at once; the API server ends the watch after the second.
  const watch = `${path}?watch=true&timeoutSeconds=1&resourceVersion=${moment}`
  const { status, body } = await request<string>('GET', watch, undefined, { asText: true })
  if (status !== 200) throw new Error(`GET ${watch}: ${status} ${body}`)
  const lines = body.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as WatchEvent<T>)
}
