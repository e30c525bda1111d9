// Which changes of conditions become Events.
import { describe, expect, test } from 'vitest'
import type { Condition, ConditionStatus } from '../../../src/fleet/api/conditions.ts'
import { conditionEvents } from '../../../src/fleet/plan/condition-events.ts'

/** "Ready=True/Exported a message; Conflict=..." */
function conditions(text: string): Condition[] {
  return text
    .split('; ')
    .filter((one) => one !== '')
    .map((one) => {
      const [, type = '', status, reason = '', message] =
        /^(\w+)=(\w+)\/([\w,]+)(?: (.*))?$/.exec(one) ?? []
      return {
        type,
        status: status as ConditionStatus,
        reason,
        message: message ?? `${type} ${reason}.`,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      }
    })
}

const exported = 'Valid=True/Valid; Ready=True/Exported; Conflict=False/NoConflicts'
const missing = 'Valid=False/NoService none; Ready=False/Pending none; Conflict=False/NoConflicts'
const inConflict = (reasons: string) => exported.replace('False/NoConflicts', `True/${reasons}`)
const lost = (text: string) => `Ready=True/Ready; SourceExpired=True/${text}`

describe('Events for changed conditions:', () => {
  test.each([
    ['a first export is reported as exported', '', exported, ['Normal Exported']],
    [
      'an export without a Service has one Event, not one for each condition',
      '',
      missing,
      ['Warning NoService'],
    ],
    ['the Service of an export is created', missing, exported, ['Normal Exported']],
    ['the Service of an export is deleted', exported, missing, ['Warning NoService']],
    ['a conflict', exported, inConflict('PortConflict'), ['Warning PortConflict']],
    [
      'several conflicts have one Event with the reason of the first',
      exported,
      inConflict('PortConflict,TypeConflict'),
      ['Warning PortConflict'],
    ],
    [
      'a first export in conflict has an Event for each',
      '',
      inConflict('TypeConflict'),
      ['Normal Exported', 'Warning TypeConflict'],
    ],
    ['the end of a conflict', inConflict('TypeConflict'), exported, ['Normal NoConflicts']],
    ['a pending import', '', 'Ready=False/Pending', ['Normal Pending']],
    [
      'an import that is pending again',
      'Ready=True/Ready',
      'Ready=False/Pending',
      ['Warning Pending'],
    ],
    ['an import that becomes ready', 'Ready=False/Pending', 'Ready=True/Ready', ['Normal Ready']],
    [
      'an import whose type does not match',
      '',
      'Ready=False/TypeMismatch',
      ['Warning TypeMismatch'],
    ],
    [
      'an import with unserved ports',
      'Ready=True/Ready',
      'Ready=True/PortMismatch',
      ['Warning PortMismatch'],
    ],
    [
      'an expired source',
      'Ready=True/Ready',
      lost('EndpointsDropped c1'),
      ['Warning EndpointsDropped'],
    ],
    [
      'a second expired source, which only the message names',
      lost('EndpointsDropped c1'),
      lost('EndpointsDropped c1, c2'),
      ['Warning EndpointsDropped'],
    ],
    [
      'sources that are reachable again',
      lost('EndpointsKept c1'),
      'Ready=True/Ready; SourceExpired=False/SourcesReached',
      ['Normal SourcesReached'],
    ],
    ['no change has no Event', exported, exported, []],
    [
      'another message with the same reason has no Event',
      'Ready=False/ServiceFailed one',
      'Ready=False/ServiceFailed two',
      [],
    ],
  ])('%s', (_, before, after, wanted) => {
    const notes = conditionEvents(conditions(before), conditions(after))
    expect(notes.map(({ type, reason }) => `${type} ${reason}`)).toEqual(wanted)
  })

  test('an Event has the reason and the message of the condition', () => {
    expect(conditionEvents([], conditions('Ready=False/NameConflict A Service exists.'))).toEqual([
      { about: 'Ready', type: 'Warning', reason: 'NameConflict', message: 'A Service exists.' },
    ])
  })
})
