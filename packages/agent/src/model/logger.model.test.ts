import { test } from 'node:test';
import { Machine } from './machine.test.support.ts';
import { randomSource } from './random.test.support.ts';

const firstSeed = Number(process.env['MODEL_SEED'] ?? 1);
const runs = Number(process.env['MODEL_RUNS'] ?? 150);
const steps = 60;

test(`${runs} random lives of a logger on a bad disk keep every promise`, async () => {
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
});
