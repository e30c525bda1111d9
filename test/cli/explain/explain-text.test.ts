// What `explain` prints: the first broken link and its cure before all others, and the document for programs.
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { paintFor } from '../../../src/cli/colour.ts'
import { explainDocument, explanationText } from '../../../src/cli/explain/explain-text.ts'
import { kubectlWords } from '../../../src/cli/explain/kubectl-words.ts'
import type { Explanation } from '../../../src/fleet/explain/explain.ts'
import { broken, failed, holds, type Link, unseen } from '../../../src/fleet/explain/link.ts'

const plain = paintFor(new PassThrough(), {})
const service = { namespace: 'shop', name: 'web', zone: 'clusterset.local' }
const ok = holds({ id: 'cluster', at: 'east' }, 'Kubernetes v1.34.0.')
const first = broken(
  { id: 'namespace', at: 'west' },
  'west has no\u001b namespace.',
  'kubectl create',
)
const second = broken({ id: 'dns', at: '' }, 'NXDOMAIN.', 'dig')
const hidden = unseen({ id: 'cluster-dns', at: '' }, 'Not named.', 'kubectl run')
const away = failed({ id: 'cluster', at: 'north' }, 'north does not answer.', 'kubectl get')
const explanation = (...links: readonly Link[]): Explanation => ({ ...service, links })

describe('the text', () => {
  test('begins with the first broken link and the command that mends it; control characters are escaped', () => {
    expect(explanationText(explanation(ok, first, second, hidden), plain)).toBe(`\
shop/web is broken: namespace at west
  west has no\\u001b namespace.
To mend it:
  kubectl create

ok             cluster      east  Kubernetes v1.34.0.
BROKEN         namespace    west  west has no\\u001b namespace.
                                  kubectl create
BROKEN         dns                NXDOMAIN.
                                  dig
not looked at  cluster-dns        Not named.
                                  kubectl run
`)
  })

  test.each([
    [[ok, hidden], 'shop/web is whole: every link that was looked at holds'],
    [[ok, away], 'shop/web: no link is broken, but 1 could not be looked at'],
  ])('%#: says what holds when nothing is broken', (links, line) => {
    expect(explanationText(explanation(...links), plain).split('\n')[0]).toBe(line)
  })
})

test.each([
  [[ok, first, second], 'broken', first],
  [[ok, hidden], 'whole', null],
  [[ok, away], 'unknown', null],
])('%#: the document has the result, the first broken link and all links', (links, result, one) => {
  expect(explainDocument(explanation(...links))).toEqual({
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'Explanation',
    service: 'web',
    namespace: 'shop',
    zone: 'clusterset.local',
    result,
    broken: one,
    links,
  })
})

test.each([
  [{ kind: 'in-cluster' }, 'kubectl'],
  [{ kind: 'endpoint', url: 'http://127.0.0.1:8080' }, 'kubectl --server http://127.0.0.1:8080'],
  [{ kind: 'kubeconfig', file: '/default', context: 'a' }, 'kubectl --context a'],
  [{ kind: 'kubeconfig', file: '/a', more: ['/b'], context: 'b' }, 'kubectl --context b'],
  [{ kind: 'kubeconfig', file: '/my files/x' }, "kubectl --kubeconfig '/my files/x'"],
  [{ kind: 'text', from: 'Secret', allow: [], read: () => '' }, 'kubectl --context east'],
] as const)('%#: the words of kubectl', (spec, words) => {
  expect(kubectlWords(spec, 'east', { KUBECONFIG: '/default' })).toBe(words)
})
