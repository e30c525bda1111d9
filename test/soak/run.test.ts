// A soak of 15 seconds with a small cluster: everything happens once, and no reply is wrong.
import { expect, test } from 'vitest'
import { CLI } from '../support/build.ts'
import { describeWithTools } from '../support/e2e.ts'
import { PLAN } from './incidents.ts'
import { reportOf, type SoakResult } from './result.ts'
import { runSoak, type SoakOptions } from './run.ts'

describeWithTools('a short soak', (tools) => {
  const options = (interrupt: AbortSignal, onMinute: SoakOptions['onMinute']): SoakOptions => ({
    minutes: 0.25,
    program: CLI,
    tools,
    steady: 4,
    changing: 3,
    changesPerSecond: 5,
    udpRate: 200,
    tcpRate: 20,
    interrupt,
    onMinute,
  })

  test('finds no wrong and no lost reply, and all changes in time', async () => {
    const seen: SoakResult[] = []
    const result = await runSoak(options(new AbortController().signal, (one) => seen.push(one)))
    const failing = result.judgements.filter(({ holds }) => holds === false)
    expect(failing, reportOf(result)).toEqual([])
    expect(result.ended).toBeUndefined()
    expect(seen.length).toBe(result.minutes.length)
    expect(PLAN.map(([, incident]) => incident)).toEqual(
      expect.arrayContaining([...result.incidents.keys()]),
    )
    expect(result.incidents.get('reload')?.times).toBeGreaterThan(0)
    const right = result.minutes.reduce((sum, { verdicts }) => sum + verdicts.right, 0)
    expect(right).toBeGreaterThan(500)
  }, 300_000)

  test('that is interrupted is judged as far as it came', async () => {
    const interrupt = new AbortController()
    const result = await runSoak(options(interrupt.signal, () => interrupt.abort('SIGINT')))
    expect(result.ended).toBe('SIGINT')
    expect(reportOf(result)).toContain('**Incomplete: SIGINT after ')
    expect(result.judgements.filter(({ holds }) => holds === false)).toEqual([])
  }, 300_000)
})
