// Ways by which a secret, or the head of one, came past: through escapes, which the quick look reads, and through cuts of other texts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StandardSchemaV1 } from '../catalog.ts';
import { type EncodableEvent, LineEncoder } from '../encode/index.ts';
import { createTestLogger } from '../testing/index.ts';
import { made, planted } from './corpus.test.support.ts';
import { compileRedactor } from './index.ts';

const token = planted.find(({ kind }) => kind === 'github')?.secret ?? '';
const head = token.slice(0, 8);

function lineOf(event: Partial<EncodableEvent>): string {
  const encoder = new LineEncoder({ redactor: compileRedactor() });
  encoder.appendEvent(0, 0, { type: 't', message: 'm', ...event });
  return encoder.bytes.toString('utf8', 0, encoder.length);
}

function thrower(message: string): object {
  return {
    get member(): string {
      throw new Error(message);
    },
  };
}

test('a private key as it is read from a file, its lines broken, is found in a line', () => {
  const body = [12, 64, 64].map((length, i) => made(`pem${i}`, length)).join('\n');
  const label = ['RSA', 'PRIVATE', 'KEY'].join(' ');
  for (const pad of ['', ' ', '  ', '   ']) {
    const text = `${pad}-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
    for (const event of [{ message: text }, { error: new Error(text) }, { details: { text } }]) {
      assert.ok(!lineOf(event).includes(made('pem1', 64)), JSON.stringify(event));
    }
  }
});

test('what escapes and marks stand before does not hide a secret', () => {
  for (const before of ['\n', 'abc\nabc\nabc\n', '\\\\\\\\\\\\\\\\', ';;;;;;;;;;;;;;', '[[[[^^^^]]]]<<<<', 'ab\n--\ncd\nef\ngh\n']) {
    for (let length = 0; length < before.length; length++) {
      assert.ok(!lineOf({ message: before.slice(length) + token }).includes(head), before.slice(length));
    }
  }
});

test('no placeholder and no objection cuts a secret to its head', () => {
  for (let length = 60; length < 210; length++) {
    const text = `${'w'.repeat(length)} ${token}`;
    const named = Object.defineProperty(() => 1, 'name', { value: text });
    const line = lineOf({ details: { thrower: thrower(text), symbol: Symbol(text), named }, severity: text as 'INFO' });
    assert.ok(!line.includes(head), line);
  }
});

test('a text that was cut within a token of any kind shows none of what was left of it', () => {
  const redactor = compileRedactor();
  const bare = planted.filter(({ kind, text, secret }) => text === secret && kind !== 'jwt' && kind !== 'private-key');
  assert.ok(bare.length > 30);
  for (const { kind, secret } of bare) {
    for (let length = 24; length < secret.length; length++) {
      const cut = redactor.text(`${'word '.repeat(30)}${secret.slice(0, length)}`);
      assert.ok(!cut.includes(secret.slice(0, 20)), `${kind}, ${length} units: ${cut}`);
    }
  }
});

test('what was objected to is redacted, and once', () => {
  const redactor = compileRedactor();
  const asked: string[] = [];
  const encoder = new LineEncoder({
    redactor: new Proxy(redactor, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...given: readonly unknown[]): unknown => {
          if (name === 'text') asked.push(String(given[0]));
          return Reflect.apply(member, target, given);
        };
      },
    }),
  });
  encoder.appendEvent(0, 0, { type: 't', message: 'm', invalid: [`by a schema: ${token}`], severity: token as 'INFO' });
  const line = encoder.bytes.toString('utf8', 0, encoder.length);
  assert.ok(line.includes('"invalid":["by a schema: [REDACTED:github]","severity: \\"[REDACTED:github]\\" is not '), line);
  assert.equal(asked.filter((text) => text.includes('by a schema')).length, 1);
  assert.equal(asked.filter((text) => text.startsWith('"')).length, 1);
  assert.equal(asked.filter((text) => text.startsWith('severity')).length, 0);
});

test('what a schema objected to shows no secret, neither in the line nor in what is reported', () => {
  const quoting: StandardSchemaV1 = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: `not ${token}`, path: ['key'] }] }) },
  };
  const reported: string[] = [];
  const { audit, events } = createTestLogger({ events: { quoting }, onError: ({ message }) => reported.push(message) });
  audit.log({ type: 'quoting', message: 'm' });
  assert.deepEqual(events().map(({ invalid }) => invalid), [['details.key: not [REDACTED:github]']]);
  assert.deepEqual(reported, ['an event of type quoting was recorded, marked invalid: details.key: not [REDACTED:github]']);
});
