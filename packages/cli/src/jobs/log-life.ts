import type { JobEvent } from './job-event.ts';

/**
 * Follows the lives of the processes that write a log: what one of them left open has nobody left to end it. A segment that is closed
 * to go on in the next one ends nothing.
 */
export class LogLife {
  #isRotating = false;

  /** Whether an event of the log says that the process before it has ended. */
  hasEnded({ type, details }: JobEvent): boolean {
    const isRotating = this.#isRotating;
    this.#isRotating = type === 'log.close' && details['reason'] === 'rotate';
    return type === 'log.open' ? !isRotating : type === 'log.close' && !this.#isRotating;
  }
}
