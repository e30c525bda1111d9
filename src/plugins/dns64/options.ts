// The configuration of `dns64`, as plain data.
import type { PluginConfig } from '../../config.ts'
import type { Prefix } from './prefix.ts'

export interface Dns64Config extends PluginConfig {
  readonly plugin: 'dns64'
  readonly prefix: Prefix
  /** True: answers that have AAAA records are replaced, too. */
  readonly translateAll: boolean
  /** True: also for clients with IPv4 addresses. */
  readonly allowIpv4: boolean
}
