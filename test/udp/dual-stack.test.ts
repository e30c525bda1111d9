import { describe, expect, test } from 'vitest'
import { bindDualStack, bindDualStackSync } from '../../src/udp/dual-stack.ts'

type Bind = (host: string) => string

describe.each([
  [
    'bindDualStack',
    (address: string, bind: Bind) => bindDualStack(address, async (host) => bind(host)),
  ],
  ['bindDualStackSync', async (address: string, bind: Bind) => bindDualStackSync(address, bind)],
])('%s', (_name, bindOn) => {
  /** Binds the address where "::" fails with `code`; resolves to the hosts that were tried. */
  async function hostsOf(address: string, code?: string): Promise<readonly string[]> {
    const hosts: string[] = []
    await bindOn(address, (host) => {
      hosts.push(host)
      if (host === '::' && code !== undefined) throw Object.assign(new Error(code), { code })
      return host
    })
    return hosts
  }

  test('binds a specific address', async () => {
    expect(await hostsOf('192.0.2.1')).toEqual(['192.0.2.1'])
  })

  test('binds :: for all addresses', async () => {
    expect(await hostsOf('')).toEqual(['::'])
  })

  test.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])('binds 0.0.0.0 after %s', async (code) => {
    expect(await hostsOf('', code)).toEqual(['::', '0.0.0.0'])
  })

  test('fails after any other error, and for a specific address', async () => {
    await expect(hostsOf('', 'EADDRINUSE')).rejects.toThrow('EADDRINUSE')
    await expect(hostsOf('::', 'EAFNOSUPPORT')).rejects.toThrow('EAFNOSUPPORT')
  })
})
