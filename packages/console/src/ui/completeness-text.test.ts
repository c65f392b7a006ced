import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Completeness, LogCounts } from '@agent-audit/log';
import { minuteTime } from '../time.ts';
import { completenessIn, completenessText, lackingWords } from './completeness-text.ts';

const nowMs = new Date(2026, 10, 24, 21, 30).getTime();
const toMs = new Date(2026, 10, 24, 21, 6).getTime();
const at = minuteTime(toMs);

function of(counts: Partial<LogCounts>, gaps = 0, ms: number | undefined = toMs): Completeness {
  const logs = { live: 0, behind: 0, stopped: 0, silent: 0, forked: 0, ...counts };
  const to = ms === undefined ? {} : { complete_to: new Date(ms).toISOString() };
  return { ...to, logs, behind: [], silent: [], forked: [], gaps: [], gaps_total: gaps };
}

test('behind and silent are told apart, and of how many', () => {
  const few = of({ live: 5, silent: 1, forked: 1 }, 1);
  assert.equal(completenessText(few, nowMs), `complete to ${at} · 1 of 7 agents silent · 1 forked · 1 gap`);
  const many = of({ live: 4_000, behind: 12, silent: 131 }, 2);
  assert.equal(completenessText(many, nowMs), `complete to ${at} · 12 of 4,143 agents behind · 131 silent · 2 gaps`);
  assert.deepEqual(lackingWords(of({ behind: 1 })), ['1 of 1 agent behind']);
  assert.deepEqual(lackingWords(of({ forked: 2, live: 1 })), ['2 of 3 agents forked']);
});

test('nothing is said of what is well: those that live, and those that ended', () => {
  assert.deepEqual(lackingWords(of({ live: 3, stopped: 9 })), []);
  assert.equal(completenessText(of({ live: 3 }), nowMs), `complete to ${at}`);
});

test('another day is named, and what is not known is said', () => {
  const yesterday = completenessText(of({ live: 1 }, 0, toMs - 86_400_000), nowMs);
  assert.match(yesterday, /^complete to \D*23\D*, \d\d:06$/);
  const { complete_to: _, ...unknown } = of({ behind: 1, live: 1 });
  assert.equal(completenessText(unknown, nowMs), 'not known how complete · 1 of 2 agents behind');
  assert.equal(completenessIn({ good: 0, most: 0 }, unknown, nowMs), '1 lacking · not known');
});

test('where there is little room, words go before facts do', () => {
  const lacking = of({ live: 5, silent: 1, forked: 1 }, 1);
  const forms = [80, 50, 40, 30, 0].map((chars) => completenessIn({ good: chars, most: chars }, lacking, nowMs));
  assert.deepEqual(forms, [
    `complete to ${at} · 1 of 7 agents silent · 1 forked · 1 gap`,
    `${at} · 1 of 7 agents silent · 1 forked · 1 gap`,
    `${at} · 1 of 7 silent · 1 forked · 1 gap`,
    `3 lacking · ${at}`,
    `3 lacking · ${at}`,
  ]);
  assert.equal(completenessIn({ good: 40, most: 80 }, lacking, nowMs), `${at} · 1 of 7 silent · 1 forked · 1 gap`, 'a good length first');
  assert.equal(completenessIn({ good: 30, most: 80 }, lacking, nowMs), `complete to ${at} · 1 of 7 agents silent · 1 forked · 1 gap`);
  assert.equal(completenessIn({ good: 0, most: 0 }, of({ live: 5 }), nowMs), at);
});
