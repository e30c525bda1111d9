// package.json has the version. Every other place that repeats it, for tools that read only text, repeats this one.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { version } from '../../src/version.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }

test('the command reports the version of package.json', () => {
  expect(version).toBe(manifest.version)
})

test('package-lock.json has it twice', () => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly version: string
    readonly packages: Readonly<Record<string, { readonly version?: string }>>
  }
  expect([lock.version, lock.packages['']?.version]).toEqual([manifest.version, manifest.version])
})

test.each(globSync('deploy/**/kustomization.yaml').sort())('image tags of %s', (file) => {
  const text = readFileSync(file, 'utf8')
  const tags = [...text.matchAll(/^ *newTag: (.*)$/gm)].map(([, tag]) => tag)
  expect(tags).toEqual(text.includes('\nimages:\n') ? [manifest.version] : [])
})

test('the chart has it twice', () => {
  const text = readFileSync('deploy/helm/clusterset-dns/Chart.yaml', 'utf8')
  const versions = [...text.matchAll(/^(?:appV|v)ersion: (.*)$/gm)].map(([, found]) => found)
  expect(versions).toEqual([manifest.version, manifest.version])
})

describe('the text "clusterset-dns:VERSION" or "clusterset-dns-VERSION"', () => {
  const files = [
    'Dockerfile',
    'Corefile.example',
    ...globSync('*.md'),
    ...globSync('{docs,deploy,src,test,.github}/**/*.{md,ts,yaml,yml}'),
  ].sort()
  const found = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/clusterset-dns[:-]v?(\d+\.\d+\.\d+)/g)].map(
      ([, number]) => ({ file, number }),
    ),
  )

  test('occurs in the Dockerfile', () => {
    expect(found.map(({ file }) => file)).toContain('Dockerfile')
  })

  test('has the version of package.json', () => {
    expect(found.filter(({ number }) => number !== manifest.version)).toEqual([])
  })
})

test('the newest release of CHANGELOG.md, if there is one, is this version', () => {
  const releases = readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## \[(\d+\.\d+\.\d+)\]/gm)
  const [newest = manifest.version] = [...releases].map(([, number]) => number)
  expect(newest).toBe(manifest.version)
})
