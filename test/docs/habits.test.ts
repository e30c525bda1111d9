// The files around the code: the CI workflow, the templates of issues and pull requests, npm scripts, .editorconfig.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseDocument } from 'yaml'

/** The content of a YAML file; fails on a syntax error or a warning. */
function readYaml(file: string): unknown {
  const document = parseDocument(readFileSync(file, 'utf8'))
  expect([...document.errors, ...document.warnings], file).toEqual([])
  return document.toJS()
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

interface Step {
  readonly uses?: string
  readonly run?: string
}

describe('.github/workflows/ci.yml', () => {
  const workflow = readYaml('.github/workflows/ci.yml') as {
    readonly permissions: unknown
    readonly jobs: Readonly<
      Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }>
    >
  }
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps)

  test('runs .ci/run', () => {
    expect(steps.map(({ run }) => run)).toContain('bash .ci/run')
    expect(readFileSync('.ci/run', 'utf8')).toMatch(/^npm test$/m)
  })

  test('may read the repository and nothing else', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    for (const job of jobs) expect(job).not.toHaveProperty('permissions')
  })

  test('limits the time of every job', () => {
    for (const job of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(60)
  })

  test('pins actions by their major version', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? [])
    expect(actions.length).toBeGreaterThan(0)
    for (const action of actions) expect(action).toMatch(/^actions\/[a-z-]+@v\d+$/)
  })
})

describe('issue forms', () => {
  interface Field {
    readonly type: string
    readonly id?: string
    readonly attributes: { readonly label?: string; readonly value?: string }
  }
  const files = globSync('.github/ISSUE_TEMPLATE/*.yml').sort()

  test('are bug and feature, with a configuration', () => {
    expect(files.map((file) => file.split('/').at(-1))).toEqual([
      'bug.yml',
      'config.yml',
      'feature.yml',
    ])
    expect(readYaml('.github/ISSUE_TEMPLATE/config.yml')).toHaveProperty('blank_issues_enabled')
  })

  test.each(['bug', 'feature'])('%s.yml has a name, a description and labelled fields', (name) => {
    const form = readYaml(`.github/ISSUE_TEMPLATE/${name}.yml`) as {
      readonly name: string
      readonly description: string
      readonly body: readonly Field[]
    }
    expect(form.name).toMatch(/\w/)
    expect(form.description).toMatch(/\w/)
    const inputs = form.body.filter(({ type }) => type !== 'markdown')
    expect(inputs.length).toBeGreaterThan(0)
    for (const { type, attributes } of inputs) {
      expect(['input', 'textarea', 'dropdown', 'checkboxes']).toContain(type)
      expect(attributes.label).toMatch(/\w/)
    }
    const ids = inputs.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

test('the pull request template asks for tests, docs and the changelog', () => {
  const text = readFileSync('.github/pull_request_template.md', 'utf8')
  for (const word of ['What and why', 'Tests', 'Docs', 'CHANGELOG.md']) expect(text).toContain(word)
})

describe('npm scripts', () => {
  test('that CONTRIBUTING.md and README.md name exist', () => {
    const text = readFileSync('CONTRIBUTING.md', 'utf8') + readFileSync('README.md', 'utf8')
    const named = [...text.matchAll(/\bnpm (?:run ([\w:]+)|(test|start)\b)/g)]
    const scripts = named.map(([, script, short]) => script ?? short!)
    expect(scripts).toContain('test')
    expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([])
  })

  test('install the packages before they start or test anything', () => {
    const scripts = Object.keys(manifest.scripts).filter((name) =>
      /^(start|cli|test|bench)/.test(name),
    )
    for (const name of scripts) {
      expect(manifest.scripts[name], name).toMatch(/^node scripts\/install\.mjs && /)
    }
  })

  test('have no pre and post scripts, which npm does not run with ignore-scripts', () => {
    expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m)
    const names = Object.keys(manifest.scripts)
    expect(names.filter((name) => /^(pre|post)/.test(name))).toEqual([])
  })

  test('look for the Node of the packages after these are installed, not before', () => {
    // A shell remembers where it found the Node that installed them; env looks again.
    for (const [name, script] of Object.entries(manifest.scripts)) {
      const [first, ...rest] = script.split(' && ')
      if (first !== 'node scripts/install.mjs') continue
      expect(
        rest.filter((command) => command.startsWith('node ')),
        name,
      ).toEqual([])
    }
  })
})

test('.editorconfig has the indentation of biome.json', () => {
  const { formatter } = JSON.parse(readFileSync('biome.json', 'utf8')) as {
    readonly formatter: { readonly indentStyle: string; readonly indentWidth: number }
  }
  const [, everywhere = ''] = readFileSync('.editorconfig', 'utf8').split(/^\[\*\]$/m)
  expect(everywhere).toContain(`indent_style = ${formatter.indentStyle}\n`)
  expect(everywhere).toContain(`indent_size = ${formatter.indentWidth}\n`)
})
