// The directive `rrl`: its options, defaults and errors.
import { describe, expect, test } from 'vitest'
import type { RrlConfig } from '../../../src/plugins/rrl/options.ts'
import { rrl } from '../../../src/plugins/rrl/setup.ts'
import { configOf } from '../../support/config.ts'

function read(rest: string): RrlConfig {
  const { blocks } = configOf(`example.org {\nrrl ${rest}\nwhoami\n}`)
  return blocks[0]!.directives.find(({ plugin }) => plugin === 'rrl') as RrlConfig
}

describe('the options', () => {
  test('have the defaults of the external plugin', () => {
    const { costs, ...rest } = read('{\nresponses-per-second 20\n}')
    expect(costs).toEqual({ response: 50, nodata: 50, nxdomain: 50, referral: 50, error: 50 })
    expect(rest).toEqual({
      plugin: 'rrl',
      zones: ['example.org.'],
      windowMs: 15_000,
      ipv4Bits: 24,
      ipv6Bits: 56,
      slipRatio: 0,
      tableSize: 100_000,
      reportOnly: false,
    })
  })

  test('limit each type of reply, whatever their order', () => {
    const options =
      'errors-per-second 0\nresponses-per-second 10\nnxdomains-per-second 0.5\nnodata-per-second 4'
    expect(read(`{\n${options}\n}`).costs).toEqual({
      response: 100,
      nodata: 250,
      nxdomain: 2000,
      referral: 100,
      error: 0,
    })
  })

  test('are read with zones', () => {
    const config = read(
      'Sub.example.org {\nerrors-per-second 5\nwindow 2.5\nipv4-prefix-length 32\nipv6-prefix-length 64\n' +
        'slip-ratio 2\nmax-table-size 1000\nreport-only\n}',
    )
    expect(config).toMatchObject({
      zones: ['sub.example.org.'],
      windowMs: 2500,
      ipv4Bits: 32,
      ipv6Bits: 64,
      slipRatio: 2,
      tableSize: 1000,
      reportOnly: true,
    })
  })

  test.each([
    ['', 'no rate is set: write for example responses-per-second 20'],
    ['{\nslip-ratio 2\n}', 'no rate is set'],
    ['{\nresponses-per-second\n}', 'Wrong argument count'],
    ['{\nresponses-per-second 1 2\n}', 'Wrong argument count'],
    ['{\nresponses-per-second x\n}', "responses-per-second invalid value. 'x' is not a number"],
    ['{\nresponses-per-second -1\n}', 'responses-per-second cannot be negative'],
    ['{\nwindow 0\n}', 'window must be greater than zero'],
    ['{\nipv4-prefix-length 33\n}', 'ipv4-prefix-length must be between 1 and 32'],
    ['{\nipv6-prefix-length 0\n}', 'ipv6-prefix-length must be between 1 and 128'],
    ['{\nmax-table-size 0\n}', 'max-table-size must be between 1 and 2000000'],
    ['{\nreport-only yes\n}', 'Wrong argument count'],
    ['{\nrequests-per-second 5\n}', "option 'requests-per-second' of rrl"],
    ['{\nburst 5\n}', "unknown property 'burst'"],
    ['{\nresponses-per-second 5\n}\nrrl', 'can only be used once per Server Block'],
  ])('rrl %j is refused: %s', (rest, message) => {
    expect(() => read(rest)).toThrow(message)
  })
})

test('check explains them', () => {
  const config = read('{\nresponses-per-second 20\nerrors-per-second 5\nslip-ratio 2\n}')
  expect(rrl.describe(config)).toBe(
    'sends each /24 network of IPv4 and /56 of IPv6 at most 20 of type response, 20 of type nodata, ' +
      '20 of type nxdomain, 20 of type referral and 5 of type error for a name by UDP in a second, ' +
      'and sends one of 2 others truncated and drops the rest',
  )
})
