// The conditions of a ServiceExport.
import { describe, expect, test } from 'vitest'
import { conflictReasons } from '../../../src/fleet/api/names.ts'
import { exportValidity } from '../../../src/fleet/merge/export-validity.ts'
import { mergeExports } from '../../../src/fleet/merge/merge-exports.ts'
import { desiredExportConditions } from '../../../src/fleet/plan/export-conditions.ts'
import { ports, serviceView, validExports } from '../fixtures.ts'

describe('the Service of an export', () => {
  test.each<[string, Parameters<typeof serviceView>[0] | undefined, string]>([
    ['may be a ClusterIP', {}, 'Valid'],
    ['may be headless', { headless: true }, 'Valid'],
    ['may be a NodePort', { type: 'NodePort' }, 'Valid'],
    ['may be a LoadBalancer', { type: 'LoadBalancer' }, 'Valid'],
    ['may be called amcs-something and have labels', { labels: { app: 'amcs-x' } }, 'Valid'],
    ['must exist', undefined, 'NoService'],
    ['must not be an ExternalName', { type: 'ExternalName' }, 'InvalidServiceType'],
    [
      'must not be a derived Service',
      { labels: { 'clusterset-dns.io/service-import': 'web' } },
      'InvalidServiceType',
    ],
    [
      'must not be owned by a ServiceImport of any controller',
      { ownedByImport: true },
      'InvalidServiceType',
    ],
    [
      'must not carry the label of imported slices',
      { labels: { 'multicluster.kubernetes.io/service-name': 'web' } },
      'InvalidServiceType',
    ],
  ])('%s', (_rule, change, reason) => {
    const validity = exportValidity(change && serviceView(change))
    expect(validity.reason).toBe(reason)
    expect(validity.valid).toBe(reason === 'Valid')
    expect(validity.message).not.toBe('')
  })
})

describe('conditions', () => {
  const valid = exportValidity(serviceView())
  const lines = (...args: Parameters<typeof desiredExportConditions>) =>
    desiredExportConditions(...args).map(
      ({ type, status, reason }) => `${type}=${status} ${reason}`,
    )

  test('of a valid export', () => {
    expect(lines(valid, [])).toEqual([
      'Valid=True Valid',
      'Ready=True Exported',
      'Conflict=False NoConflicts',
    ])
  })

  test('of an invalid export omit the conflicts of the Service', () => {
    const { conflicts } = mergeExports(validExports({}, { headless: true }))!
    expect(lines(exportValidity(undefined), conflicts)).toEqual([
      'Valid=False NoService',
      'Ready=False Pending',
      'Conflict=False NoConflicts',
    ])
    const externalName = exportValidity(serviceView({ type: 'ExternalName' }))
    expect(lines(externalName, conflicts)).toEqual([
      'Valid=False InvalidServiceType',
      'Ready=False Failed',
      'Conflict=False NoConflicts',
    ])
  })

  test('list all conflicts, joined as the CRD requires', () => {
    const { conflicts } = mergeExports(validExports({}, { headless: true, ports: ports('x:1') }))!
    const [, , conflict] = desiredExportConditions(valid, conflicts)
    expect(conflict).toEqual({
      type: 'Conflict',
      status: 'True',
      reason: 'PortConflict,TypeConflict',
      message:
        'Conflicting ports. Using the union, where collisions are won by the oldest service export in "c1". ' +
        '1/2 clusters disagree. ' +
        'Conflicting type. Using "ClusterSetIP" from oldest service export in "c1". 1/2 clusters disagree.',
    })
  })

  test.each(conflictReasons)('have the reason %s for this conflict alone', (reason) => {
    const conflict = { reason, message: 'm', disagreeing: [] }
    expect(lines(valid, [conflict])[2]).toBe(`Conflict=True ${reason}`)
  })
})
