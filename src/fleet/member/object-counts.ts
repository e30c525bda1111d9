// How many objects of each kind one cluster has, counted as they change: a scrape of the metrics reads no object.

/** The counts of one cluster. Endpoints count whether they are ready or not. */
export interface ObjectCounts {
  readonly exports: number
  readonly imports: number
  /** Endpoints of its exported Services. */
  readonly exportedEndpoints: number
  /** Endpoints in the EndpointSlices that the fleet wrote into it. */
  readonly importedEndpoints: number
}

/** Counts endpoints. A cluster counts an endpoint slice before and after each change of it. */
export class EndpointCounter {
  #exported = 0
  #imported = 0
  readonly #isExported: (service: string) => boolean

  /** `isExported` is asked by "namespace/name" of a Service. */
  constructor(isExported: (service: string) => boolean) {
    this.#isExported = isExported
  }

  get exported(): number {
    return this.#exported
  }

  get imported(): number {
    return this.#imported
  }

  /** Adds the endpoints of a slice, or removes them when `sign` is -1. */
  countSlice(
    slice: {
      readonly service: string | undefined
      readonly imports: readonly string[]
      readonly count: number
    },
    sign: 1 | -1,
  ): void {
    const { service, imports, count } = slice
    if (imports.length > 0) this.#imported += sign * count
    else if (service !== undefined && this.#isExported(service)) this.#exported += sign * count
  }

  /** Adds the endpoints of a Service that has an export now, or removes them when it has none any more. */
  countService(endpoints: number, sign: 1 | -1): void {
    this.#exported += sign * endpoints
  }
}
