// Lives of a logger on a bad disk, one after the other, each from its own seed.
import { Machine } from './machine.test.support.ts';
import { randomSource } from './random.test.support.ts';

const steps = 60;

/** Lives so many, and says how to live the one again that broke a promise. */
export async function liveRandomly(firstSeed: number, runs: number): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const machine = new Machine(randomSource(seed));
    try {
      for (let i = 0; i < steps; i++) await machine.step();
      await machine.finish();
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`MODEL_SEED=${seed} MODEL_RUNS=1: ${what}\n${machine.trace.join('\n')}`, { cause });
    }
  }
}
