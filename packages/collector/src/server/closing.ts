/** What is to be taken down, last made first. A step that fails does not keep the others from it. */
export class Closing {
  readonly #steps: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  /** To be run before all that were added earlier. */
  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /**
   * Runs every step. Again gives the same promise.
   * @throws the first error, once all have run
   */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.toReversed()) await step().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}
