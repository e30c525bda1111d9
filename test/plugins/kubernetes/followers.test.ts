// What follows a published Service cannot keep the Service back.
import { expect, test } from 'vitest'
import { Followers } from '../../../src/plugins/kubernetes/followers.ts'
import type { Content, Published } from '../../../src/plugins/multicluster/publish.ts'
import type { LocalService } from '../../../src/sources/objects.ts'
import { service } from '../../cases/cluster-objects.ts'

const view = service('ns/web', { ips: ['10.0.0.1'] })

/** The steps and the result of the publication of `owner`, whose Service is noted if it has a slash. */
function publish(
  owner: string,
  follow: (key: string, view: LocalService | undefined) => Generator<void, string[]>,
) {
  const errors: string[] = []
  const followers = new Followers({
    follow,
    onError: (key, error) => errors.push(`${key} ${error}`),
  })
  const content: Content = {
    synced: true,
    owners: () => [],
    subscribe: () => () => {},
    *publish() {
      yield
      if (owner.includes('/')) followers.note(owner, view)
      return { isChanged: true, next: ['ns/other'] }
    },
  }
  const steps = followers.behind(content).publish(owner)
  let step: IteratorResult<void, Published> = steps.next()
  for (; !step.done; step = steps.next());
  return { result: step.value, errors }
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
  expect([result, errors]).toEqual([{ isChanged: true, next: ['ns/other'] }, []])
})
