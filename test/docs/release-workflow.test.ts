// The workflow of a release cannot run here: what can be read of it is checked.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

interface Job {
  readonly uses?: string
  readonly needs?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps?: readonly {
    readonly uses?: string
    readonly run?: string
    readonly with?: object
  }[]
}

const workflow = parse(readFileSync('.github/workflows/release.yml', 'utf8')) as {
  readonly on: object
  readonly permissions: object
  readonly jobs: Readonly<Record<string, Job>>
}

test('a release begins with a tag, and reads only', () => {
  expect(workflow.on).toEqual({ push: { tags: ['v*'] } })
  expect(workflow.permissions).toEqual({ contents: 'read' })
})

test('nothing is published before all tests have passed', () => {
  const { ci, ...jobs } = workflow.jobs
  expect(ci).toEqual({ uses: './.github/workflows/ci.yml' })
  for (const { needs } of Object.values(jobs)) expect(needs).toBe('ci')
  expect(parse(readFileSync('.github/workflows/ci.yml', 'utf8')).on).toHaveProperty('workflow_call')
})

describe('the image', () => {
  const { steps = [] } = workflow.jobs.image!

  test('is built for both architectures, with SBOM and provenance', () => {
    const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'))
    expect(build?.with).toMatchObject({
      platforms: 'linux/amd64,linux/arm64',
      sbom: true,
      provenance: 'mode=max',
    })
  })

  test('runs on both before it is pushed, and is signed by its digest afterwards', () => {
    const texts = steps.map(({ uses = '', run = '' }) => uses + run)
    const at = (part: string) => texts.findIndex((text) => text.includes(part))
    const order = [
      '"smoke:$arch" version',
      'docker/build-push-action@',
      'cosign sign --yes "$IMAGE@$DIGEST"',
    ]
    const places = order.map(at)
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })
})

test('the npm packages have an SBOM', () => {
  const text = workflow.jobs.package!.steps!.map(({ run = '' }) => run).join('\n')
  for (const format of ['spdx', 'cyclonedx']) expect(text).toContain(`--sbom-format=${format}`)
})
