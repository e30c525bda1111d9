// What is proposed for a mistyped word of a Corefile. The messages stay CoreDNS' texts.
import { expect, test } from 'vitest'
import { caretLines } from '../../src/corefile/caret.ts'
import { corefileErrors } from '../../src/plugins/load.ts'

function errorsOf(text: string) {
  const files = {
    read: () => '',
    exists: () => false,
    isDirectory: () => false,
    kind: () => 'missing' as const,
    list: () => [],
  }
  return corefileErrors({ file: 'Corefile', text, port: 53, env: {}, files, cwd: '/' })
}

test.each([
  ['cahce 30', 'cache'],
  ['forwrd . 192.0.2.1', 'forward'],
  ['rewriet name a b', 'rewrite'],
  ['kuberntes cluster.local', 'kubernetes'],
  ['kubernetes cluster.local {\n pod verified\n}', 'pods'],
  ['kubernetes cluster.local {\n falltrough\n}', 'fallthrough'],
  ['multicluster clusterset.local {\n kubconfig f\n}', 'kubeconfig'],
  ['forward . 192.0.2.1 {\n max_fail 2\n}', 'max_fails'],
  ['forward . 192.0.2.1 {\n policy squential\n}', 'sequential'],
  ['cache {\n sucess 10\n}', 'success'],
  ['cache {\n serve_stael\n}', 'serve_stale'],
  ['health {\n lamduck 5s\n}', 'lameduck'],
  ['ready {\n monitr until-ready\n}', 'monitor'],
  ['log {\n clas all\n}', 'class'],
  ['rrl {\n response-per-second 3\n}', 'responses-per-second'],
  ['rrl {\n windw 3\n}', 'window'],
  ['prometheus {\n runtime_metric\n}', 'runtime_metrics'],
])('%j: did you mean %s?', (line, meant) => {
  const [error] = errorsOf(`. {\n${line}\n}\n`)
  expect(error?.meant).toBe(meant)
  expect(error?.message).not.toContain('did you mean')
})

test.each([
  ['bogus', 'no directive is near'],
  ['cache {\n bogus\n}', 'no option is near'],
  ['forward . 192.0.2.1 {\n DURATIN 3\n}', 'words in capitals are arguments'],
  ['cache -1', 'the error is about an argument'],
])('%j has no proposal: %s', (line) => {
  const [error] = errorsOf(`. {\n${line}\n}\n`)
  expect(error).toBeDefined()
  expect(error?.meant).toBeUndefined()
})

test('the proposal stands behind the caret', () => {
  const at = { file: 'Corefile', line: 2, column: 5 }
  expect(caretLines(at, '. {\n    cahce 30\n', 'cache')).toEqual([
    '    cahce 30',
    '    ^ did you mean cache?',
  ])
  expect(caretLines({ ...at, line: 9 }, '. {\n', 'cache')).toEqual(['did you mean cache?'])
})
