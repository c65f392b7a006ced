import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@agent-audit/search';
import { agentTerms, termState, understand, withTerm } from './query-edit.ts';

test('a click on a value adds it, another takes it away, and nothing else of the search changes', () => {
  const before = parse('"half done" type:(a OR b)');
  const added = withTerm(before, 'agent_id', 'scanner 7', 'has');
  assert.equal(added, '"half done" type:(a OR b) agent_id:"scanner 7"');
  assert.equal(termState(parse(added), 'agent_id', 'scanner 7'), 'has');
  assert.equal(withTerm(parse(added), 'agent_id', 'scanner 7', 'none'), '"half done" type:(a OR b)');
});

test('excluding a value takes the place of demanding it', () => {
  const excluded = withTerm(parse('severity:ERROR'), 'severity', 'ERROR', 'lacks');
  assert.equal(excluded, '-severity:ERROR');
  assert.equal(termState(parse(excluded), 'severity', 'ERROR'), 'lacks');
});

test('an alternative keeps its parentheses when a term comes to it', () => {
  assert.equal(withTerm(parse('type:a OR type:b'), 'agent_id', 'x', 'has'), '(type:a OR type:b) agent_id:x');
});

test('hostile values are quoted, so that they stay values', () => {
  const hostile = 'x OR severity:* ) "';
  const text = withTerm(parse(''), 'details.tool', hostile, 'has');
  assert.equal(termState(parse(text), 'details.tool', hostile), 'has');
  assert.deepEqual(parse(text).kind, 'field');
});

test('what cannot be understood says where', () => {
  const read = understand('sevrity:>=WARN');
  assert.ok(!read.ok);
  assert.equal(read.error.column, 1);
  assert.equal(read.error.suggestion, 'severity');
});

test('of a search there remains what it demands of the agent', () => {
  assert.equal(agentTerms(parse('socket agent_id:a1 severity:>=WARN -agent_id:b*')), 'agent_id:a1 -agent_id:b*');
  assert.equal(agentTerms(parse('agent_id:(a1 OR a2)')), 'agent_id:(a1 OR a2)');
  assert.deepEqual(['', 'a1', 'agent_id:a1 OR type:b'].map((text) => agentTerms(parse(text))), ['', '', '']);
});
