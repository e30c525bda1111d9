// The Node that the program needs. This file imports nothing and has no new syntax: an old Node must be able to run it.

/** The lowest version that runs the program, as `engines` of package.json has it. */
export const lowestNode = '26.1'

/** What to tell the user of Node `version` ("20.20.2"), or undefined if it can run the program. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = lowestNode.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined
  return (
    `clusterset-dns needs Node ${lowestNode} or later, and this is Node ${version} (${process.execPath}).\n` +
    'On Linux x64 and arm64 npm installs a Node for it: run "npx clusterset-dns", or npm install without --omit=optional ' +
    'and then node_modules/.bin/clusterset-dns with node_modules/.bin first on PATH.\n' +
    'Elsewhere install a newer Node from https://nodejs.org.\n'
  )
}
