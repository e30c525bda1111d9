import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { HttpServers } from '../../src/runtime/http.ts'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { configOf } from '../support/config.ts'
import { fakeSource } from '../support/fake-source.ts'
import { freePort } from '../support/free-port.ts'
import { memoryLog } from '../support/memory-log.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function get(port: number, path: string) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return [response.status, await response.text()] as const
}

describe('HTTP servers', () => {
  test('serve their routes, and 404 for other paths', async () => {
    const http = new HttpServers(memoryLog([]).log)
    cleanups.push(() => http.closeAll())
    const port = await freePort()
    await http.serve(new Map([[`127.0.0.1:${port}`, { '/a': () => ({ status: 200, body: 'A' }) }]]))
    expect(await get(port, '/a?x=1')).toEqual([200, 'A'])
    expect(await get(port, '/b')).toEqual([404, '404 page not found\n'])
    expect((await get(port, '/__proto__'))[0]).toBe(404)
  })

  test('a route that throws gets 500 without the error, which is logged, and the server continues', async () => {
    const lines: string[] = []
    const http = new HttpServers(memoryLog(lines).log)
    cleanups.push(() => http.closeAll())
    const port = await freePort()
    const fail = () => {
      throw new Error('broken')
    }
    await http.serve(new Map([[`127.0.0.1:${port}`, { '/a': fail }]]))
    expect(await get(port, '/a')).toEqual([500, 'internal error; see the log\n'])
    expect(lines).toEqual([`[ERROR] /a on 127.0.0.1:${port}: broken`])
    expect((await get(port, '/a'))[0]).toBe(500)
  })

  test('a route may write its body in pieces; HEAD gets none, and a fault in the middle ends the connection', async () => {
    const lines: string[] = []
    const http = new HttpServers(memoryLog(lines).log)
    cleanups.push(() => http.closeAll())
    const port = await freePort()
    const headers = { 'x-more': 'yes' }
    const body = (response: ServerResponse) => {
      response.write('one ')
      response.end('two')
    }
    const fail = (response: ServerResponse) => {
      response.write('one ')
      throw new Error('broken')
    }
    const routes = {
      '/a': () => ({ status: 200, headers, body }),
      '/b': () => ({ status: 200, body: fail }),
    }
    await http.serve(new Map([[`127.0.0.1:${port}`, routes]]))
    expect(await get(port, '/a')).toEqual([200, 'one two'])
    const head = await fetch(`http://127.0.0.1:${port}/a`, { method: 'HEAD' })
    expect([head.headers.get('x-more'), await head.text()]).toEqual(['yes', ''])
    await expect(get(port, '/b')).rejects.toThrow(/terminated|fetch failed/)
    expect(lines).toEqual([`[ERROR] /b on 127.0.0.1:${port}: broken`])
  })

  test('a prepared address has no routes before the commit, and closes with a discard', async () => {
    const http = new HttpServers(memoryLog([]).log)
    cleanups.push(() => http.closeAll())
    const port = await freePort()
    const wanted = new Map([[`127.0.0.1:${port}`, { '/a': () => ({ status: 200, body: 'A' }) }]])
    const refused = await http.prepare(wanted)
    expect((await get(port, '/a'))[0]).toBe(404)
    await refused.discard()
    await expect(get(port, '/a')).rejects.toThrow('fetch failed')
    const prepared = await http.prepare(wanted)
    await prepared.commit()
    expect(await get(port, '/a')).toEqual([200, 'A'])
  })

  test('an address in use is an error, and other servers continue', async () => {
    const http = new HttpServers(memoryLog([]).log)
    cleanups.push(() => http.closeAll())
    const [kept, taken] = [await freePort(), await freePort()]
    const other = createServer().listen(taken, '127.0.0.1')
    await once(other, 'listening')
    const routes = { '/': () => ({ status: 200, body: 'ok' }) }
    await http.serve(new Map([[`127.0.0.1:${kept}`, routes]]))
    await expect(http.serve(new Map([[`127.0.0.1:${taken}`, routes]]))).rejects.toThrow(
      `listen tcp 127.0.0.1:${taken}: bind: address already in use`,
    )
    expect(await get(kept, '/')).toEqual([200, 'ok'])
    other.close()
  })
})

describe('the endpoints of a running server', () => {
  async function start(synced: boolean) {
    const [health, ready, metrics] = [await freePort(), await freePort(), await freePort()]
    const source = fakeSource([], synced)
    const lines: string[] = []
    const text = `. {
      bind 127.0.0.1
      health 127.0.0.1:${health}
      ready 127.0.0.1:${ready}
      prometheus 127.0.0.1:${metrics}
      multicluster clusterset.local {
        startup_timeout 1ms
      }
    }`
    const options = { writer: memoryLog(lines), version: '9.9.9', open: () => source }
    const server: RunningServer = await serve(configOf(text), options)
    cleanups.push(() => server.stop())
    return { server, source, lines, health, ready, metrics }
  }

  test('/health returns OK before the sync', async () => {
    const { health } = await start(false)
    expect(await get(health, '/health')).toEqual([200, 'OK'])
  })

  test('/ready lists the plugins that are not ready until the sync', async () => {
    const { ready, source, lines } = await start(false)
    expect(await get(ready, '/ready')).toEqual([503, 'multicluster'])
    expect(lines).toContain('[INFO] plugin/ready: Plugins not ready: "multicluster"')
    source.sync()
    expect(await get(ready, '/ready')).toEqual([200, 'OK'])
  })

  test('/metrics has the text format 0.0.4', async () => {
    const { metrics } = await start(true)
    const response = await fetch(`http://127.0.0.1:${metrics}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('coredns_build_info{version="9.9.9"')
    expect(text).toMatch(
      /coredns_plugin_enabled{server="dns:\/\/127\.0\.0\.1:\d+",zone="\.",view="",name="multicluster"} 1/,
    )
    for (const name of [
      'process_resident_memory_bytes',
      'process_open_fds',
      'coredns_panics_total',
    ]) {
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'))
    }
  })

  test('the start fails when the address of an endpoint is in use, and the error has the address', async () => {
    const port = await freePort()
    const taken = createServer().listen(port, '127.0.0.1')
    await once(taken, 'listening')
    const config = configOf(`. {\nbind 127.0.0.1\nwhoami\nhealth 127.0.0.1:${port}\n}`)
    await expect(serve(config, { writer: memoryLog([]), version: '' })).rejects.toThrow(
      `listen tcp 127.0.0.1:${port}: bind: address already in use`,
    )
    taken.close()
  })
})
