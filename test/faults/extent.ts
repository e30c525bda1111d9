// How much of the fault tests runs: all of it for `npm run test:faults`, a sample in `npm test`.

/** True where all of the faults are wanted, false for a sample of them. */
export const ALL_FAULTS = process.env.FAULTS === 'all'
