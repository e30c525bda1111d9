// reload: checks the Corefile and its imports regularly, and reloads when they changed.
//
//   reload [INTERVAL] [JITTER]      default: 30s and 15s
import { formatDuration } from '../../corefile/duration.ts'
import { durationOr } from '../arguments.ts'
import type { Plugin } from '../plugin.ts'
import { type ReloadConfig, reloadComponent } from './component.ts'

export const reload: Plugin<ReloadConfig> = {
  name: 'reload',
  syntax: 'reload [INTERVAL] [JITTER]',

  // Like CoreDNS, reads only the first of several directives.
  setup({ tokens }) {
    tokens.next()
    const [interval = '30s', jitter = '15s', ...more] = tokens.remainingArgs()
    if (more.length > 0) throw tokens.argErr()
    const duration = (text: string) => durationOr(text, (message) => tokens.plainErr(message))
    const intervalMs = duration(interval)
    if (intervalMs < 2000) {
      throw tokens.plainErr('interval value must be greater or equal to 2s')
    }
    const jitterMs = duration(jitter)
    if (jitterMs !== 0 && jitterMs < 1000) {
      throw tokens.plainErr('jitter value must be 0 or greater or equal to 1s')
    }
    return { plugin: 'reload', intervalMs, jitterMs: Math.min(jitterMs, intervalMs / 2) }
  },

  describe({ intervalMs, jitterMs }) {
    const jitter = jitterMs === 0 ? '' : `, with a jitter of ${formatDuration(jitterMs)}`
    return `checks the Corefile for changes every ${formatDuration(intervalMs)}${jitter}`
  },

  component: reloadComponent,
}
