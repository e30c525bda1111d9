// What follows a published Service cannot keep the Service back.
import { expect, test } from 'vitest'
import { relativeName } from '../../../src/dns/name.ts'
import { withoutFault } from '../../../src/plugins/kubernetes/followers.ts'
import type { Published } from '../../../src/plugins/multicluster/publish.ts'
import { ServicesContent } from '../../../src/plugins/multicluster/services-content.ts'
import { DEFAULT_LIMITS } from '../../../src/plugins/multicluster/size-estimate.ts'
import type { LocalService } from '../../../src/sources/objects.ts'
import { TableWriter } from '../../../src/zone/table-writer.ts'
import { service } from '../../cases/cluster-objects.ts'
import { fakeSource, view as imported } from '../../support/fake-source.ts'
import { steps } from '../../support/steps.ts'

const view = service('ns/web', { ips: ['10.0.0.1'] })

/** The result of the publication of `owner`. The first one of `ns/web` leaves room that `ns/other` waits for. */
function publish(
  owner: string,
  follow: (key: string, view: LocalService | undefined) => Generator<void, string[]>,
) {
  const errors: string[] = []
  let count = 20
  let isFollowed = false
  const onError = (key: string, error: unknown) => errors.push(`${key} ${error}`)
  const guarded = withoutFault(follow, onError)
  const content = new ServicesContent<LocalService>({
    store: fakeSource([imported('ns/web', {})]).store,
    table: new TableWriter(),
    limits: DEFAULT_LIMITS,
    kind: {
      keys: () => [],
      changed: () => new Set(),
      read: (key) => (key === 'ns/web' ? view : service(key, {})),
      limit: (one) => {
        const exceeded = ['namespaceBytes'] as const
        const isShort = one.service.name === 'other'
        const leftOut = { ports: 1, endpoints: 0, slices: 0, exceeded }
        return { view: one, leftOut: isShort ? leftOut : undefined }
      },
      *compile({ service: { namespace, name } }) {
        yield
        return Array.from({ length: count }, (_, i) => ({
          name: relativeName(`n${i}`, name, namespace, 'svc')!,
          answers: [],
        }))
      },
      compileNamespace: (name) => [{ name: relativeName(name, 'svc')!, answers: [] }],
    },
    onPublished: () => {},
    *follow(key, followed) {
      return isFollowed ? yield* guarded(key, followed) : []
    },
  })
  for (const before of ['ns/web', 'ns/other']) steps(content.publish(before))
  count = 1
  isFollowed = true
  const result: Published = steps(content.publish(owner))
  return { result, errors }
}

test('a Service is followed in steps, and the owners behind it are published', () => {
  const seen: unknown[] = []
  const { result, errors } = publish('ns/web', function* (key, followed) {
    yield
    seen.push(key, followed)
    return ['ns/more']
  })
  expect(seen).toEqual(['ns/web', view])
  expect(result).toEqual({ isChanged: true, next: ['ns/other', 'ns/more'] })
  expect(errors).toEqual([])
})

test('a fault behind a Service is told, and the Service is published', () => {
  // biome-ignore lint/correctness/useYield: it fails at once.
  const { result, errors } = publish('ns/web', function* () {
    throw new Error('no room')
  })
  expect(result).toEqual({ isChanged: true, next: ['ns/other'] })
  expect(errors).toEqual(['ns/web Error: no room'])
})

test('a namespace is followed by nothing', () => {
  // biome-ignore lint/correctness/useYield: it fails at once.
  const { result, errors } = publish('ns', function* () {
    throw new Error('followed')
  })
  expect([result, errors]).toEqual([{ isChanged: true }, []])
})
