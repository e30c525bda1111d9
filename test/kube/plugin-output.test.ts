// What errors show of the output of an exec plugin: its words, never a token.
import { describe, expect, test } from 'vitest'
import { pluginSecrets, shownOutput } from '../../src/kube/plugin-output.ts'

const JWT = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"sub":"x"}').toString('base64url')}.c2lnbmF0dXJl`
const OPAQUE = 'k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8_QWN0aW9u'
const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKC\nAQEA\n-----END RSA PRIVATE KEY-----'

const ENCRYPTED = KEY.replace('\n', '\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\n')
const LOGGED = `${KEY.replaceAll(/^/gm, '2026-11-30T10:00:00.1Z ')} end`

describe('the output of a plugin is shown without', () => {
  test.each([
    ['a JSON Web Token', `got ${JWT}, expired`, 'got [hidden], expired'],
    ['a part of one', 'got eyJhbGciOiJIUzI1NiJ9', 'got [hidden]'],
    ['a long opaque token', `got ${OPAQUE}`, 'got k8s-aws-v1.[hidden]'],
    ['a private key', `key ${KEY} end`, 'key [hidden] end'],
    ['a private key without its end', 'key -----BEGIN PRIVATE KEY-----\nMIIE', 'key [hidden]'],
    ['an encrypted private key', `key ${ENCRYPTED} end`, 'key [hidden] end'],
    ['a private key in a log with times', LOGGED, '2026-11-30T10:00:00.1Z [hidden] end'],
    [
      'a private key in a log without its end',
      LOGGED.slice(0, 120),
      '2026-11-30T10:00:00.1Z [hidden]',
    ],
    ['a private key in a log without its beginning', `${LOGGED.slice(90)} KEY`, '[hidden] end KEY'],
    ['a private key in JSON', `{"key": "${KEY.replaceAll('\n', '\\n')}"}`, '{"key": "[hidden]"}'],
    ['each of two private keys', `${KEY} and ${KEY} end`, '[hidden] and [hidden] end'],
    [
      'a bearer token',
      'sent Authorization: Bearer abc.D3F_gh',
      'sent Authorization: Bearer [hidden]',
    ],
    ['basic authorization', 'sent "Basic bWU6czNjcmV0"', 'sent "Basic [hidden]"'],
    ['an assignment', 'TOKEN=abc password=x&a=1', 'TOKEN=[hidden] password=[hidden]&a=1'],
    [
      'a field of JSON',
      '{"token": "abc","id_token":"x y"}',
      '{"token": "[hidden]","id_token":"[hidden] y"}',
    ],
    ['a value with a digit after a colon', 'token: s3cret', 'token: [hidden]'],
    [
      'user name and password of a URL',
      'at https://me:pw@sts.test/',
      'at https://[hidden]@sts.test/',
    ],
  ])('%s', (_, output, shown) => {
    expect(shownOutput(output, [])).toBe(shown)
  })
})

describe('the output of a plugin keeps', () => {
  test.each([
    'error: failed to get token: connection refused',
    'getting credentials: exec: executable gke-gcloud-auth-plugin not found',
    'token: unauthorized_client',
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
    'no bearer token; basic authentication is off',
    'open /usr/lib/google-cloud-sdk/lib/third_party/apis/container_v1.json: no such file or directory',
    'request 0f8fad5b-d9cb-469f-a165-70867728950e failed: https://sts.eu-west-1.amazonaws.com/',
    'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ])('%s', (output) => {
    expect(shownOutput(output, [])).toBe(output)
  })
})

test('known secrets are hidden before the output is cut, and the cut is told', () => {
  const shown = shownOutput(`${'x '.repeat(140)}the s3cret-value ${'y '.repeat(500)}`, [
    's3cret-value',
  ])
  expect(shown).toMatch(/^x x .* the \[hidden\] y .*\.\.\. \(cut; run the plugin to see all\)$/)
  expect(shown.length).toBeLessThan(350)
})

test('line breaks become spaces', () => {
  expect(shownOutput('a\n\tb\r\n', [])).toBe('a b')
})

test('long outputs take linear time', () => {
  for (const unit of ['token', 'eyJ', '://', 'Bearer ', '-----BEGIN PRIVATE KEY-----', 'aB3_'])
    expect(shownOutput(unit.repeat(50_000), []).length).toBeLessThan(350)
})

test('a plugin knows its environment, secret flags, stored tokens, secrets of ours, and proxies', () => {
  const exec = {
    env: [
      { name: 'REGION', value: 'region-1' },
      { name: 'DEBUG', value: 'true' },
    ],
    args: ['get', '--client-secret', 'flag-value', '--cluster', 'west-cluster'],
  }
  const env = {
    AWS_SECRET_ACCESS_KEY: 'inherited',
    HOME: '/home/me',
    HTTPS_PROXY: 'http://me:proxy-pass@proxy',
    http_proxy: 'you:other-pass@proxy:1',
    NO_PROXY: 'west.example.com',
  }
  const provider = { config: { 'refresh-token': 'stored-token', 'client-id': 'client-name' } }
  expect(new Set(pluginSecrets({ exec, 'auth-provider': provider }, env))).toEqual(
    new Set([
      'region-1',
      'flag-value',
      'inherited',
      'stored-token',
      'me:proxy-pass',
      'proxy-pass',
      'you:other-pass',
      'other-pass',
    ]),
  )
})
