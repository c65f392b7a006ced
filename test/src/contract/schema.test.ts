// Typed events: any Standard Schema validator. An event that fails its schema is still recorded, marked `invalid` and counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditError, createLogger, defineEvents, type StandardSchemaV1 } from 'agent-audit';
import { createTestLogger } from 'agent-audit/testing';
import * as v from 'valibot';
import { z } from 'zod';
import { auditError, said, temporaryLog, wireEvents } from './support.ts';

/** The same schema by two validators. */
const schemas = {
  zod: z.object({ tool: z.string(), targets: z.array(z.object({ port: z.number() })).optional() }),
  valibot: v.object({ tool: v.string(), targets: v.optional(v.array(v.object({ port: v.number() }))) }),
};

/** Details that no caller with types could hand in. */
function untyped(details: unknown): { tool: string } {
  return details as { tool: string };
}

type AnySchema = StandardSchemaV1<Record<string, unknown>>;

/** A schema by hand, as the interface asks for it. */
function schemaOf(validate: AnySchema['~standard']['validate']): AnySchema {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

for (const [vendor, tool_called] of Object.entries(schemas)) {
  test(`${vendor}: valid details are recorded as they are`, async (t) => {
    const logFile = temporaryLog(t);
    const audit = createLogger({ logFile, events: defineEvents({ tool_called }) });
    audit.info('tool_called', 'nuclei on web-01', { tool: 'nuclei' });
    audit.log({ type: 'tool_called', message: 'm', details: { tool: 'nmap', targets: [{ port: 22 }] } });
    audit.info('agent_start', 'types without a schema are free', { anything: 1 });
    assert.equal(audit.health().invalid.events, 0);
    await audit.stop();
    assert.deepEqual(wireEvents(logFile).map(said), [
      { type: 'tool_called', severity: 'INFO', message: 'nuclei on web-01', details: { tool: 'nuclei' } },
      { type: 'tool_called', severity: 'INFO', message: 'm', details: { tool: 'nmap', targets: [{ port: 22 }] } },
      { type: 'agent_start', severity: 'INFO', message: 'types without a schema are free', details: { anything: 1 } },
    ]);
  });

  test(`${vendor}: invalid details are recorded, marked, counted, told`, async (t) => {
    const logFile = temporaryLog(t);
    const errors: AuditError[] = [];
    const audit = createLogger({ logFile, events: defineEvents({ tool_called }), onError: (error) => errors.push(error) });
    assert.equal(audit.info('tool_called', 'm', untyped({ tool: 5, targets: [{ port: 'x' }] })), 1);
    assert.equal(audit.error('tool_called', 'm', new Error('e')), 2);
    assert.equal(audit.withContext({ jobId: 'j' }).critical('tool_called', 'm', untyped('text')), 3);
    assert.equal(audit.health().invalid.events, 3);
    await audit.stop();
    const [first, second, third] = wireEvents(logFile);
    assert.deepEqual(first?.['details'], { tool: 5, targets: [{ port: 'x' }] });
    const objections = first['invalid'] as string[];
    assert.equal(objections.length, 2);
    assert.match(objections[0] ?? '', /^details\.tool: ./);
    assert.match(objections[1] ?? '', /^details\.targets\.0\.port: ./);
    assert.match(String(second?.['invalid']), /^details\.tool: ./);
    assert.deepEqual([second?.['error'], third?.['job_id'], third?.['details']], ['e', 'j', { value: 'text' }]);
    assert.ok(errors.every(auditError('EVENT_INVALID', 'tool_called', 'marked invalid', 'details')));
    assert.equal(errors[0]?.action, 'drop');
  });
}

test("a schema's output and defaults are not recorded: the line says what the caller said", () => {
  const tool_called = z.object({ tool: z.string().transform((tool) => tool.toUpperCase()), tries: z.number().default(1) });
  const { audit, events } = createTestLogger({ events: defineEvents({ tool_called }) });
  audit.info('tool_called', 'm', { tool: 'nuclei' });
  assert.deepEqual(events()[0]?.details, { tool: 'nuclei' });
});

test('a schema for one of the 25 types holds for its own methods too', () => {
  const events = defineEvents({ job_started: z.object({ job_type: z.enum(['scan', 'upload']) }) });
  const { audit, events: recorded } = createTestLogger({ events });
  audit.jobStarted('j-1', 'scan');
  audit.jobStarted('j-2', 'holiday');
  assert.deepEqual(recorded().map(({ jobId, invalid }) => [jobId, invalid?.length]), [['j-1', undefined], ['j-2', 1]]);
});

test('an asynchronous schema: recorded unchecked, and told', async () => {
  const codes: string[] = [];
  const slow = z.object({ tool: z.string() }).refine(({ tool }) => Promise.resolve(tool !== 'nuclei'));
  const rejecting = schemaOf(() => Promise.reject(new Error('nobody waits for this')));
  const onError = ({ code }: AuditError): void => void codes.push(code);
  const { audit, events, clock } = createTestLogger({ events: defineEvents({ slow, rejecting }), onError });
  audit.info('slow', 'm', { tool: 'nuclei' });
  clock.advance(1_000);
  audit.info('rejecting', 'm', {});
  await new Promise(setImmediate);
  assert.deepEqual(events().map(({ type, invalid }) => [type, invalid]), [['slow', undefined], ['rejecting', undefined]]);
  assert.deepEqual(codes, ['SCHEMA_ASYNC', 'SCHEMA_ASYNC']);
  assert.equal(audit.health().invalid.events, 0);
  await audit.stop();
});

test('a schema that throws, or answers nonsense, costs no event', async () => {
  const throwing = schemaOf(() => { throw new Error('schema is broken'); });
  const nonsense = schemaOf((() => undefined) as unknown as AnySchema['~standard']['validate']);
  const { audit, events } = createTestLogger({ events: defineEvents({ throwing, nonsense }) });
  audit.info('throwing', 'm', { a: 1 });
  audit.info('nonsense', 'm', { a: 1 });
  assert.deepEqual(events().map(({ details }) => details), [{ a: 1 }, { a: 1 }]);
  assert.deepEqual(events()[0]?.invalid, ['details: the schema threw: schema is broken']);
  assert.match(events()[1]?.invalid?.[0] ?? '', /^details: the schema threw: /);
  assert.equal(audit.health().invalid.events, 2);
  await audit.stop();
});

test('a schema of many objections: the line holds the first 16', () => {
  const issues = Array.from({ length: 50 }, (_, i) => ({ message: `issue ${i}`, path: [{ key: 'list' }, i] }));
  const { audit, events } = createTestLogger({ events: defineEvents({ bad: schemaOf(() => ({ issues })) }) });
  audit.info('bad', 'm', {});
  assert.deepEqual(events()[0]?.invalid, issues.slice(0, 16).map(({ message }, i) => `details.list.${i}: ${message}`));
});

test('defineEvents refuses the log\'s own types, and what is no schema', () => {
  assert.throws(() => defineEvents({ 'log.open': schemas.zod }), /"log\.open": types that begin with "log\." are the log's own/);
  for (const schema of [undefined, null, {}, { '~standard': {} }, () => {}]) {
    assert.throws(() => defineEvents({ tool_called: schema as unknown as StandardSchemaV1 }), /"tool_called" has no Standard Schema/);
  }
  const callable = Object.assign(() => {}, schemaOf(() => ({ value: {} })));
  assert.equal(defineEvents({ callable }).callable, callable);
});
