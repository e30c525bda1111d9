// Every version of objects since an earlier resourceVersion, read with a watch. A test can so assert that a state never
// occurred in between.
import type { KubeClient, KubeObject } from './kube-client.ts'

/** One event of the watch. */
interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}

/** The current resourceVersion of the list at `path`, for `eventsSince`. */
export async function momentOf(
  { request }: Pick<KubeClient, 'request'>,
  path: string,
): Promise<string> {
  const { body } = await request<{ metadata: { resourceVersion: string } }>('GET', path)
  return body.metadata.resourceVersion
}

/** The watch events under `path` from the resourceVersion `moment` until now, in order. */
export async function eventsSince<T extends KubeObject>(
  { request }: Pick<KubeClient, 'request'>,
  path: string,
  moment: string,
): Promise<readonly WatchEvent<T>[]> {
  // Past events are sent at once; the API server ends the watch after one second.
  const watch = `${path}?watch=true&timeoutSeconds=1&resourceVersion=${moment}`
  const { status, body } = await request<string>('GET', watch, undefined, { asText: true })
  if (status !== 200) throw new Error(`GET ${watch}: ${status} ${body}`)
  const lines = body.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as WatchEvent<T>)
}
