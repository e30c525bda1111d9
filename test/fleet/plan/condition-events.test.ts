// Which changes of conditions are told as Events.
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

describe('what is told when conditions change', () => {
  test.each([
    ['a first export: that it is exported', '', exported, ['Normal Exported']],
    [
      'an export without a Service: once, not for each condition',
      '',
      missing,
      ['Warning NoService'],
    ],
    ['its Service comes', missing, exported, ['Normal Exported']],
    ['its Service goes', exported, missing, ['Warning NoService']],
    ['a conflict', exported, inConflict('PortConflict'), ['Warning PortConflict']],
    [
      'several conflicts: the first stands for them',
      exported,
      inConflict('PortConflict,TypeConflict'),
      ['Warning PortConflict'],
    ],
    [
      'a first export in conflict: both',
      '',
      inConflict('TypeConflict'),
      ['Normal Exported', 'Warning TypeConflict'],
    ],
    ['the end of a conflict', inConflict('TypeConflict'), exported, ['Normal NoConflicts']],
    ['an import that waits', '', 'Ready=False/Pending', ['Normal Pending']],
    ['an import that waits again', 'Ready=True/Ready', 'Ready=False/Pending', ['Warning Pending']],
    ['a finished import', 'Ready=False/Pending', 'Ready=True/Ready', ['Normal Ready']],
    ['an import that is refused', '', 'Ready=False/TypeMismatch', ['Warning TypeMismatch']],
    [
      'an import that is served in part',
      'Ready=True/Ready',
      'Ready=True/PortMismatch',
      ['Warning PortMismatch'],
    ],
    [
      'a lost source',
      'Ready=True/Ready',
      lost('EndpointsDropped c1'),
      ['Warning EndpointsDropped'],
    ],
    [
      'a second lost source, though only the message names it',
      lost('EndpointsDropped c1'),
      lost('EndpointsDropped c1, c2'),
      ['Warning EndpointsDropped'],
    ],
    [
      'sources that are back',
      lost('EndpointsKept c1'),
      'Ready=True/Ready; SourceExpired=False/SourcesReached',
      ['Normal SourcesReached'],
    ],
    ['nothing', exported, exported, []],
    [
      'other words for the same',
      'Ready=False/ServiceFailed one',
      'Ready=False/ServiceFailed two',
      [],
    ],
  ])('%s', (_, before, after, wanted) => {
    const notes = conditionEvents(conditions(before), conditions(after))
    expect(notes.map(({ type, reason }) => `${type} ${reason}`)).toEqual(wanted)
  })

  test('an Event says what the condition says', () => {
    expect(conditionEvents([], conditions('Ready=False/NameConflict A Service exists.'))).toEqual([
      { about: 'Ready', type: 'Warning', reason: 'NameConflict', message: 'A Service exists.' },
    ])
  })
})
