import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { kernelDrops, localAddresses, parseUdpTable } from '../../src/server/kernel-drops.ts'
import { waitFor } from '../support/wait-for.ts'

describe('drops by the kernel', () => {
  test.each([
    ['127.0.0.1', 53, ['0100007F:0035']],
    ['::1', 5353, ['00000000000000000000000001000000:14E9']],
    ['fe80::1%eth0', 53, ['000080FE000000000000000001000000:0035']],
    ['', 53, ['00000000000000000000000000000000:0035', '00000000:0035']],
    ['nonsense', 53, []],
  ])('of %s port %i are in the rows %j', (address, port, local) => {
    expect(localAddresses(address, port)).toEqual(local)
  })

  test('are in the last column of the table', () => {
    const text = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  105: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21044 2 0000000000000000 17
`
    expect(parseUdpTable(text)).toEqual([{ local: '0100007F:0035', drops: 17 }])
  })

  test('of a socket that is not read are counted', async () => {
    const { openLibc } = await import('../../src/udp/libc.ts')
    const { openUdpSocket } = await import('../../src/udp/socket.ts')
    const libc = openLibc()
    const probe = createSocket('udp4').bind(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address()
    probe.close()
    const fd = openUdpSocket(libc, '127.0.0.1', port)
    const sender = createSocket('udp4')
    const bytes = new Uint8Array(60_000)
    await waitFor('drops', () => {
      for (let i = 0; i < 50; i++) sender.send(bytes, port, '127.0.0.1')
      return kernelDrops([{ address: '127.0.0.1', port }])[0]! > 0
    })
    sender.close()
    libc.close(fd)
  })
})
