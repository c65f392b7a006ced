import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineEncoder } from '../encode/index.ts';
import { planted } from './corpus.test.support.ts';
import { compileRedactor, type RedactOptions } from './index.ts';

/** A line of an event with these details, parsed again. */
function recorded(details: unknown, options: RedactOptions = {}, message: string = 'm', error?: unknown): Record<string, unknown> {
  const encoder = new LineEncoder({ redactor: compileRedactor(options) });
  encoder.appendEvent(0, 0, { type: 'test', message, error, details });
  const whole = encoder.bytes.toString('utf8', 0, encoder.length);
  encoder.clear();
  encoder.append(0, 0, 'test', 'INFO', message, error, details, undefined);
  // Both forms of a line say the same.
  assert.equal(encoder.bytes.toString('utf8', 0, encoder.length), whole);
  const line: unknown = JSON.parse(whole);
  return typeof line === 'object' && line !== null ? { ...line } : {};
}

function detailsOf(details: unknown, options: RedactOptions = {}): unknown {
  return recorded(details, options)['details'];
}

const token = planted.find(({ kind }) => kind === 'github')?.secret ?? '';

test('a member is a secret by its name, however it is spelt and at any depth', () => {
  const names = 'password API_KEY apiKey x-api-key clientSecret Authorization db.password GITHUB_TOKEN set-cookie'.split(' ');
  const given = Object.fromEntries(names.map((name) => [name, 'short']));
  const expected = Object.fromEntries(names.map((name) => [name, '[REDACTED:key]']));
  assert.deepEqual(detailsOf(given), expected);
  assert.deepEqual(detailsOf({ a: [{ b: given }] }), { a: [{ b: expected }] });
  assert.deepEqual(detailsOf(new Map([['password', 'short']])), { password: '[REDACTED:key]' });
  assert.deepEqual(detailsOf({ secrets: { a: 1 }, token: 4711, credentials: ['a'] }), {
    secrets: '[REDACTED:key]',
    token: '[REDACTED:key]',
    credentials: '[REDACTED:key]',
  });
});

test('names that only look like it, and what tells no secret, stay', () => {
  const details = {
    token_count: 17,
    tokens: 4096,
    max_tokens: 8,
    next_page_token: 'abc',
    secretary: 'Ada',
    password_policy: 'long',
    monkey: 'a',
    keys: ['a'],
    author: 'x',
    password: '',
    secret: null,
    token: false,
    access_token: 'null',
    refresh_token: 'undefined',
    db_password: '********',
    api_key: '${API_KEY}',
    apiKey: '$API_KEY',
    client_secret: '{{ client_secret }}',
    secrets: 3,
    id_token: 17,
    nextToken: 'eyJrIjoxfQ',
    page_token: 'CAES',
    'continuation-token': 'x/y+1',
    eos_token: '<|endoftext|>',
    pwd: '/srv',
    session_id: '4f2a9c41d07b0e55',
    sessionId: '4f2a9c41d07b0e55',
    laptop: 'web-01',
    mfa_method: 'totp',
    error_code: 17,
    postcode: '10115',
    otp: null,
  };
  assert.deepEqual(detailsOf(details), details);
});

test('codes that are good for once, and the cookies that are a login, go by their names', () => {
  const names = ['otp', 'TOTP', 'otp_code', 'mfa_code', 'mfaCode', '2fa-code', 'one_time_code', 'verificationCode', 'backup_codes'];
  names.push('passcode', 'authorization_code', 'PHPSESSID', 'JSESSIONID', 'ASP.NET_SessionId', 'connect.sid', 'session_key');
  const given = Object.fromEntries(names.map((name) => [name, 482913]));
  assert.deepEqual(detailsOf(given), Object.fromEntries(names.map((name) => [name, '[REDACTED:key]'])));
  assert.deepEqual(detailsOf({ sessionId: 'abc' }, { keys: ['session_id'] }), { sessionId: '[REDACTED:key]' });
});

test('a secret that looks like nothing, a reference, a count or a folder goes', () => {
  const details = {
    access_token: 'null4me',
    db_password: '****a',
    api_key: '${API_KEY:-hunter2}',
    apiKey: '$ecret',
    client_secret: '{{ client_secret }}hunter2',
    password: 17,
    secret: '/srv',
    fb_page_token: 'CAES',
    pwd: 'hunter2',
    long_token: '1234',
  };
  assert.deepEqual(detailsOf(details), Object.fromEntries(Object.keys(details).map((name) => [name, '[REDACTED:key]'])));
  assert.deepEqual(detailsOf({ pin: '***', token: 17 }, { keys: ['pin', 'token'] }), { pin: '[REDACTED:key]', token: '[REDACTED:key]' });
});

test('a key that holds a secret is redacted, a long one too', () => {
  assert.deepEqual(detailsOf({ [token]: 1 }), { '[REDACTED:github]': 1 });
  assert.deepEqual(detailsOf({ [`${'x'.repeat(80)} ${token}`]: 1 }), { [`${'x'.repeat(80)} [REDACTED:github]`]: 1 });
});

test('message, error with its causes, and errors and texts in details', () => {
  const cause = new Error(`refused: ${token}`);
  const line = recorded({ error: cause, list: [token] }, {}, `with ${token}`, new Error('upload failed', { cause }));
  assert.equal(line['message'], 'with [REDACTED:github]');
  assert.equal(line['error'], 'upload failed; caused by: refused: [REDACTED:github]');
  assert.deepEqual(line['details'], { error: { name: 'Error', message: 'refused: [REDACTED:github]' }, list: ['[REDACTED:github]'] });
});

test('what throws says no secret either', () => {
  const details = { get broken(): string { throw new Error(`no ${token}`); } };
  assert.deepEqual(detailsOf(details), { broken: '[Throws: no [REDACTED:github]]' });
});

test('a secret at the place of the cut shows none of its head', () => {
  for (let before = 8_140; before <= 8_200; before++) {
    const { message } = recorded(undefined, {}, `${' '.repeat(before)}${token} and more`);
    assert.ok(!String(message).includes(token.slice(0, 8)), String(before));
  }
  const long = JSON.stringify(recorded({ text: `${' '.repeat(65_000)}${token}${' '.repeat(2_000)}` }));
  assert.ok(!long.includes(token.slice(0, 8)));
});

test('the event is not changed, and its getters run once', () => {
  let reads = 0;
  const details = { password: 'a', get token(): string { return `${++reads}`; } };
  const encoder = new LineEncoder({ redactor: compileRedactor({ mode: 'hmac', hmacKey: 'k'.repeat(16) }) });
  encoder.appendEvent(0, 0, { type: 'test', message: 'm', details });
  assert.equal(reads, 1);
  assert.equal(details.password, 'a');
});

test('remove leaves nothing: no member, null in a list, an empty place in a text', () => {
  const options: RedactOptions = { mode: 'remove', paths: ['details.list.0'] };
  assert.deepEqual(detailsOf({ password: 'a', b: `t ${token}.`, list: ['x', 'y'] }, options), { b: 't .', list: [null, 'y'] });
});

test('hmac gives the same secret the same tag, in a text and under a name', () => {
  const hmacKey = 'a key that nobody has';
  const tag = createHmac('sha256', hmacKey).update(token).digest('hex').slice(0, 16);
  const options: RedactOptions = { mode: 'hmac', hmacKey };
  assert.deepEqual(detailsOf({ a: `x ${token}`, b: token, password: token }, options), {
    a: `x [REDACTED:github:${tag}]`,
    b: `[REDACTED:github:${tag}]`,
    password: `[REDACTED:key:${tag}]`,
  });
});

test('own keys, paths and patterns', () => {
  const options: RedactOptions = {
    keys: ['Staff No'],
    paths: ['details.user.ssn', 'details.rows.*.iban', 'error'],
    patterns: [{ kind: 'ticket', prefix: 'TK-[', characters: '0-9a-f', lengthMin: 4, lengthMax: 8 }],
  };
  const rows = [{ iban: 'X', n: 1 }, { iban: { deep: 1 }, n: 2 }];
  const given = { staff_no: 'q', user: { ssn: '1', name: 'A' }, rows, t: 'see TK-[12ab; TK-[zz' };
  const line = recorded(given, options, 'ssn', 'secret cause');
  assert.deepEqual(line['details'], {
    staff_no: '[REDACTED:key]',
    user: { ssn: '[REDACTED:path]', name: 'A' },
    rows: [{ iban: '[REDACTED:path]', n: 1 }, { iban: '[REDACTED:path]', n: 2 }],
    t: 'see [REDACTED:ticket]; TK-[zz',
  });
  assert.equal(line['error'], '[REDACTED:path]');
  assert.equal(line['message'], 'ssn');
});

test('personal data is redacted where it is asked for', () => {
  const text = 'ada@example.com from 203.0.113.7 and 2001:db8::7 paid with 4111 1111 1111 1111, order 4111 1111 1111 1112 of version 1.2.3';
  assert.deepEqual(detailsOf({ text }), { text });
  assert.deepEqual(detailsOf({ text }, { values: ['email', 'ip', 'card'] }), {
    text: '[REDACTED:email] from [REDACTED:ip] and [REDACTED:ip] paid with [REDACTED:card], order 4111 1111 1111 1112 of version 1.2.3',
  });
});

test('options that cannot be are refused, and told what is taken', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ mode: 'hash' }, /mode takes/],
    [{ mode: 'hmac' }, /hmacKey of 16 bytes/],
    [{ hmacKey: 'x'.repeat(16) }, /goes with mode 'hmac'/],
    [{ path: ['details.a'] }, /path is none of/],
    [{ paths: ['a.b'] }, /paths takes/],
    [{ paths: ['details'] }, /paths takes/],
    [{ keys: ['--'] }, /keys takes/],
    [{ keys: 'password' }, /keys takes a list/],
    [{ patterns: [/(a+)+$/] }, /a regular expression may take for ever/],
    [{ patterns: [{ kind: 'X', prefix: 'ab', characters: 'a' }] }, /kind takes/],
    [{ patterns: [{ kind: 'x', prefix: 'a', characters: 'a' }] }, /prefix takes/],
    [{ patterns: [{ kind: 'x', prefix: 'ab', characters: 'z-a' }] }, /a range ends before/],
    [{ patterns: [{ kind: 'x', prefix: 'ab', characters: '' }] }, /characters takes/],
    [{ patterns: [{ kind: 'x', prefix: 'ab', characters: 'a', lengthMax: 4_096 }] }, /lengthMax take/],
    [{ values: ['phone'] }, /values takes email, ip, card/],
  ];
  for (const [options, message] of cases) assert.throws(() => compileRedactor(options), message);
});

test('whatever stands around it, the secret does not', () => {
  const around = fc.string({ unit: fc.constantFrom(' ', '"', '\n', 'ä', ':', '/', ',', '{', '😀', '(', '\t', '\\'), maxLength: 40 });
  fc.assert(
    fc.property(fc.constantFrom(...planted), around, around, ({ text, secret }, before, after) => {
      const line = JSON.stringify(recorded({ value: `${before} ${text} ${after}` }));
      return !line.includes(JSON.stringify(secret).slice(1, -1));
    }),
  );
});

test('any text without a sign is left as it is, and the signs miss nothing that the expressions find', () => {
  const redactor = compileRedactor();
  const unit = fc.constantFrom(...'abAB09_-:=/.@ "', 'eyJ', 'token', 'password', '://', 'AKIA', 'ghp_', '--');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      const value = recorded({ value: text })['details'];
      assert.deepEqual(value, { value: redactor.text(text) });
    }),
    { numRuns: 2_000 },
  );
});
