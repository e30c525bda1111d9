/** Runs all steps; returns the result. */
export function steps<T>(running: Generator<void, T>): T {
  let step = running.next()
  while (!step.done) step = running.next()
  return step.value
}
