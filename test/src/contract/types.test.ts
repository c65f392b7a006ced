// What the compiler refuses, and what it lets pass. The lines marked @ts-expect-error are the test: `tsc -b` fails where one of them
// is no error. They stand in this file alone, since nowhere else may an error be expected. At run time only the shape is looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineEvents, type EventLogger, type Logger, type LoggerOptions, type RecordedEvent } from 'agent-audit';
import { createTestLogger } from 'agent-audit/testing';
import * as v from 'valibot';
import { z } from 'zod';

const events = defineEvents({
  tool_called: z.object({ tool: z.string() }),
  tool_ended: v.object({ tool: v.string(), exitCode: v.optional(v.number()) }),
  note: z.object({ text: z.string().optional() }),
});

test('with a catalog, types and details are checked', () => {
  const { audit } = createTestLogger({ events });
  const job: EventLogger<typeof events> = audit.withContext({ jobId: 'j-42' });

  audit.info('tool_called', 'm', { tool: 'nuclei' });
  job.warn('tool_ended', 'm', { tool: 'nuclei', exitCode: 1 });
  audit.log({ type: 'tool_called', message: 'm', details: { tool: 'nuclei' } });
  // @ts-expect-error: details are required where their schema requires one of them
  audit.info('tool_called', 'm');
  // @ts-expect-error: of its type
  audit.info('tool_called', 'm', { tool: 5 });
  // @ts-expect-error: and no other
  job.critical('tool_ended', 'm', { tool: 'nuclei', exit: 1 });
  // @ts-expect-error: in log() too
  audit.log({ type: 'tool_called', message: 'm', details: { tool: 5 } });
  // @ts-expect-error: required in log() too
  audit.log({ type: 'tool_called', message: 'm' });
  // @ts-expect-error: and in logSync()
  audit.logSync({ type: 'tool_called', message: 'm' });

  // @ts-expect-error: a type that neither the catalog nor the 25 hold
  audit.info('tool_caled', 'm', { tool: 'nuclei' });
  // @ts-expect-error: in log() too
  audit.log({ type: 'tool_caled', message: 'm' });

  // All members are optional: the details may be left out.
  audit.info('note', 'm');
  audit.info('note', 'm', { text: 't' });
  // The 25 stay free.
  audit.info('agent_start', 'm', { anything: [1] });
  audit.info('agent_start', 'm');
  // An error may come without details: its event is recorded, and marked where the schema needs some.
  audit.error('tool_called', 'm', new Error('e'));
  audit.error('tool_called', 'm', new Error('e'), { tool: 'nuclei' });
  // @ts-expect-error: of their type where they come
  audit.error('tool_called', 'm', new Error('e'), { tool: 5 });
});

test('without a catalog, any type may be logged, and the 25 are suggested', () => {
  const { audit } = createTestLogger();
  const plain: Logger = audit;
  plain.info('anything_at_all', 'm', { k: 1 });
  plain.log({ type: 'anything_at_all', message: 'm', error: 'text' });
  // @ts-expect-error: details are an object
  plain.info('agent_start', 'm', 'details');
  // @ts-expect-error: a message is a text
  plain.info('agent_start', 5);
  // @ts-expect-error: a severity is one of five
  plain.log({ type: 'agent_start', message: 'm', severity: 'FATAL' });
  // @ts-expect-error: seq is the log's to give
  plain.log({ type: 'agent_start', message: 'm', seq: 1 });
  // @ts-expect-error: so is invalid
  plain.log({ type: 'agent_start', message: 'm', invalid: ['x'] });
  // @ts-expect-error: the actor's kinds are four
  plain.withContext({ actor: { type: 'robot', id: 'r' } });
});

test("an operation's details are those of its first event", async () => {
  const started = defineEvents({ tool_call_started: z.object({ tool: z.string() }) });
  const { audit } = createTestLogger({ events: started });
  const result: number = await audit.operation({ type: 'tool_call', details: { tool: 'nuclei' } }, async (op) => {
    // What is nested is checked by the same catalog.
    await op.operation({ type: 'job', jobId: 'j', timeoutMs: 5 }, () => {});
    op.setOutcome('denied', 'why');
    // @ts-expect-error: an outcome is one of five
    op.setOutcome('fine');
    // @ts-expect-error: details are an object
    op.set('text');
    return 42;
  });
  assert.equal(result, 42);
  // @ts-expect-error: required by the schema
  await audit.operation({ type: 'tool_call' }, () => {});
  // @ts-expect-error: of its type
  await audit.operation({ type: 'tool_call', details: { tool: 5 } }, () => {});
  // @ts-expect-error: a type is needed
  await audit.operation({}, () => {});
});

test('options and what comes back', () => {
  // @ts-expect-error: an option of another name
  const unknown: LoggerOptions = { tenantID: 'x' };
  // @ts-expect-error: env can only be switched off
  const on: LoggerOptions = { env: true };
  const { audit } = createTestLogger();
  const seq: number | undefined = audit.info('agent_start', 'm');
  const result: Promise<number> = audit.runWithContext({ jobId: 'j' }, () => Promise.resolve(42));
  audit.setRemoteSender((batch) => {
    const first: RecordedEvent | undefined = batch[0];
    const place: number | undefined = first?.seq;
    // @ts-expect-error: what is recorded is not to be changed
    batch.length = 0;
    return place === undefined ? undefined : Promise.resolve();
  });
  assert.deepEqual([Object.keys(unknown), on.env as unknown, seq, result instanceof Promise], [['tenantID'], true, 1, true]);
});
