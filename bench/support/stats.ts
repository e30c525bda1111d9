// Statistics of measurements, shared with tests that measure.
export { median, percentile } from '../../test/support/stats.ts'
