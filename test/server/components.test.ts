// What stays of a configuration that is no longer in force.
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { directives } from '../../src/plugins/directives.ts'
import type { Component, Running } from '../../src/plugins/plugin.ts'
import { componentHost } from '../support/component-host.ts'
import { configOf } from '../support/config.ts'
import { fakeSource, view } from '../support/fake-source.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** A whole Corefile; all that an edition can change is another than in the one before. */
const corefile = (edition: number) => `. {
  errors {
    consolidate ${edition}m .*
  }
  health 127.0.0.1:${8000 + edition}
  ready 127.0.0.1:${8100 + edition}
  prometheus 127.0.0.1:${8200 + edition}
  multicluster clusterset.local {
    ttl ${edition}
    startup_timeout 1ms
  }
  kubernetes cluster.local in-addr.arpa {
    ttl ${edition}
    startup_timeout 1ms
  }
  hosts /etc/hosts a${edition}.test {
    10.0.0.${edition} a.test
  }
  file /no/zone a${edition}.test
  auto a${edition}.test {
    directory /no/zones
  }
  rrl {
    responses-per-second ${edition}
  }
  acl {
    block net 10.0.0.${edition}
  }
  local {
    localhost_prefix on
  }
  loadbalance weighted /nowhere/weights-${edition}
  autopath a${edition}.test @kubernetes
  dns64 64:ff9b:${edition}::/96
  cache ${edition}
  template IN A a${edition}.test
  forward . 192.0.2.${edition}
  loop
  reload ${10 + edition}s
}
`

const host = componentHost({
  openSource: () => fakeSource([view('ns/web', { ips: ['10.0.0.1'] })]),
})

const LISTENERS = [{ server: 'dns://:53', address: '', port: 53, zones: [{ zone: '.', block: 0 }] }]

const components = new Map<Component, string>()
for (const [name, plugin] of directives) {
  const component = plugin?.component
  if (component !== undefined && !components.has(component)) components.set(component, name)
}

/** Puts an edition in force in place of `previous`. */
async function reload(component: Component, edition: number, previous: Running | undefined) {
  const config = configOf(corefile(edition))
  const own = config.blocks.flatMap((block, index) => {
    return block.directives
      .filter(({ plugin }) => directives.get(plugin)?.component === component)
      .map((directive) => ({ block: index, config: directive, chain: [] }))
  })
  expect(own).not.toEqual([])
  const next = { directives: own, hash: config.hash }
  const prepared = await component.prepare(next, previous, host)
  prepared.share?.(LISTENERS, previous)
  await prepared.loaded?.(previous)
  return { running: prepared.commit(previous), tables: [...(prepared.tables?.values() ?? [])] }
}

test.each([...components].map(([component, name]) => ({ name, component })))(
  '$name: the former configurations are garbage after reloads',
  async ({ component }) => {
    const former: WeakRef<object>[][] = []
    let running: Running | undefined
    for (let edition = 1; edition <= 4; edition++) {
      const next = await reload(component, edition, running)
      running = next.running
      former.push([running, ...next.tables].map((one) => new WeakRef(one)))
    }
    former.pop()
    // A WeakRef keeps its target until the end of the task.
    await delay(1)
    gc()
    expect(former.flat().filter((ref) => ref.deref() !== undefined)).toEqual([])
    await running!.stop()
  },
)
