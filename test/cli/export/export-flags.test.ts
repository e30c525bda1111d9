// The command line of `clusterset-dns export` and `unexport`.
import { describe, expect, test } from 'vitest'
import { parseExportFlags } from '../../../src/cli/export/export-flags.ts'

describe('the Service', () => {
  test.each([
    [['web'], 'web', undefined],
    [['web', '-n', 'shop'], 'web', 'shop'],
    [['web', '--namespace', 'shop'], 'web', 'shop'],
    [['web.shop'], 'web', 'shop'],
    [['shop/web'], 'web', 'shop'],
    [['shop/web', '-n', 'shop'], 'web', 'shop'],
    // As in subctl.
    [['service', 'web', '-n', 'shop'], 'web', 'shop'],
    [['service'], 'service', undefined],
    // A derived Service has its own name, and is refused by that.
    [['amcs-web.shop'], 'amcs-web', 'shop'],
  ] as const)('%j', (args, service, namespace) => {
    expect(parseExportFlags('export', args)).toMatchObject({
      service,
      namespace,
      dryRun: false,
      format: 'text',
    })
  })
})

test('the cluster is a context of the kubeconfig, else its current context', () => {
  const args = ['web', '--kubeconfig', '/k', '--context', 'east', '--dry-run']
  expect(parseExportFlags('unexport', args)).toMatchObject({
    spec: { kind: 'kubeconfig', file: '/k', context: 'east' },
    dryRun: true,
  })
  const { spec } = parseExportFlags('export', ['web', '--kubeconfig', '/k'])!
  expect(spec).toEqual({ kind: 'kubeconfig', file: '/k' })
})

test('--help is no error', () => {
  expect(parseExportFlags('export', ['-h'])).toBeUndefined()
})

describe('is refused', () => {
  test.each([
    [[], /^unexport: no SERVICE given/],
    [['web', 'db'], /^unexpected argument "db": name one Service$/],
    [['service', 'web', 'db'], /^unexpected argument "db"/],
    [['a.b.c'], /^"a\.b\.c" names no Service/],
    [['../x'], /names no Service/],
    [['Web'], /names no Service/],
    [['web.shop', '-n', 'other'], /is in the namespace shop, but --namespace is other$/],
    [['web', '-n', 'a/b'], /^--namespace is "a\/b"/],
    [['web', '-o', 'wide'], /^--output is "wide", not json or yaml$/],
    [['web', '--context', ''], /^--context is empty$/],
    [['web', '--contexts', 'a'], /Unknown option '--contexts'/],
  ] as const)('%j', (args, message) => {
    expect(() => parseExportFlags('unexport', args)).toThrow(message)
  })
})
