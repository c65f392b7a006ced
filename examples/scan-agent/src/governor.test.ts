import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Governor, type Sample } from './governor.ts';

const busy: Sample = { cpu: 0.95, memoryMB: 100 };
const idle: Sample = { cpu: 0.2, memoryMB: 100 };
const hungry: Sample = { cpu: 0.2, memoryMB: 500 };
const stepsOf = (samples: readonly Sample[]): string[] => {
  const governor = new Governor({ cpuMax: 0.9, memoryMaxMB: 400 });
  return samples.map((sample) => {
    const pressure = governor.take(sample);
    return pressure === undefined ? '' : `${pressure.step} ${pressure.reason}`;
  });
};

test('one sample above the limit warns, the second throttles, the first below ends it', () => {
  assert.deepEqual(stepsOf([busy, busy, busy, idle, idle]), ['warning cpu', 'throttle cpu', '', 'resume cpu', '']);
  assert.deepEqual(stepsOf([hungry, hungry, idle]), ['warning memory', 'throttle memory', 'resume memory']);
});

test('a warning that nothing follows leaves nothing to end; one at the limit is not above it', () => {
  assert.deepEqual(stepsOf([busy, idle, busy]), ['warning cpu', '', 'warning cpu']);
  assert.deepEqual(stepsOf([{ cpu: 0.9, memoryMB: 400 }]), ['']);
});
