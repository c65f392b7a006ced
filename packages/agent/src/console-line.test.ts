import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleLines } from './console-line.ts';

const timeMs = new Date(2026, 0, 2, 15, 4, 5).getTime();
const event = { timeMs, severity: 'INFO', type: 'agent_start', message: 'Ready', error: '' };

test("the seed's form", () => {
  assert.equal(consoleLines(event), '[2026-01-02 15:04:05] [INFO] agent_start: Ready\n');
  assert.equal(consoleLines({ ...event, error: 'boom' }), '[2026-01-02 15:04:05] [INFO] agent_start: Ready\n  Error: boom\n');
});

test('no character of an event moves the cursor, turns the line around, or begins another', () => {
  for (const character of '\n\r\t\0\u001b\u007f\u0085\u009b\u061c\u200e\u2028\u202e\u2066') {
    const escaped = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    const hostile = { timeMs, severity: `S${character}`, type: `t${character}`, message: `m${character}`, error: `e${character}` };
    assert.equal(consoleLines(hostile), `[2026-01-02 15:04:05] [S${escaped}] t${escaped}: m${escaped}\n  Error: e${escaped}\n`);
  }
  assert.match(consoleLines({ ...event, message: 'Grüße 日本語 😀' }), /Grüße 日本語 😀\n$/);
});
