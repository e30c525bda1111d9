// How many fault tests run: all for `npm run test:faults`, a sample for `npm test`.

/** True to run all fault tests (FAULTS=all), false for a sample. */
export const ALL_FAULTS = process.env.FAULTS === 'all'
