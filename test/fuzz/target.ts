// What a fuzz target is.
import type { Input, Sample } from './input.ts'

/** A part of the product that gets inputs. */
export interface Target {
  /**
   * Gives an input to the product; returns the number of packets in it. Throws a Violation if an invariant does not hold,
   * and whatever the product throws.
   */
  run(input: Input): number
  /** Waits for what `run` has begun; throws as `run`. */
  settle?(): Promise<void>
  /** Frees what the target has opened. */
  close?(): void
}

export interface TargetKind {
  readonly name: string
  /** The inputs that mutations start from. */
  seeds(): readonly Sample[]
  /** A target without a history: a finding must repeat there. */
  create(): Promise<Target>
}

/** An invariant does not hold. */
export class Violation extends Error {
  /** The input, if it is not the one of the last run. */
  readonly sample: Sample | undefined

  constructor(message: string, sample?: Sample) {
    super(message)
    this.name = 'Violation'
    this.sample = sample
  }
}
