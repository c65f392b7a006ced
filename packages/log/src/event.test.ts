import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, isReservedType, isSeverity, logEventTypes, Severity, severityRank } from './event.ts';

test('the event types are the 25 that agents already write', () => {
  const expected =
    'agent_start agent_stop agent_error job_received job_started job_completed job_failed job_timeout ' +
    'scan_started scan_completed scan_failed ' +
    'upload_started upload_completed upload_failed upload_retry chunk_created chunk_uploaded chunk_failed chunk_cleanup ' +
    'resource_throttle resource_resume resource_warning auth_failed rate_limited validation_error';
  assert.deepEqual(Object.values(EventType), expected.split(' '));
  assert.equal(EventType.AgentStart, 'agent_start');
});

test('severities are ordered', () => {
  assert.deepEqual(Object.values(Severity).map(severityRank), [0, 1, 2, 3, 4]);
  assert.deepEqual(Object.values(Severity), ['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL']);
  assert.equal(severityRank('info'), -1);
  assert.equal(isSeverity('WARN'), true);
  assert.equal(isSeverity('FATAL'), false);
});

test('the log’s own types are reserved, with their whole prefix', () => {
  for (const type of logEventTypes) assert.equal(isReservedType(type), true);
  assert.equal(isReservedType('log.future'), true);
  assert.equal(isReservedType('login_failed'), false);
});
