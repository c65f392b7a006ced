// The tail, and what only a clock that is moved by hand shows, on the embedded store. One process has one folder at a time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cannotEmbed } from '../store/store.test.support.ts';
import { completenessIn, type Fleet, OpenTail, openFleet, startMs, type TestAgent } from './fleet.test.support.ts';

const skip = cannotEmbed;
let fleet: Fleet;
let scanner: TestAgent;
let stranger: TestAgent;
let acme: string;
const hourMs = 3_600_000;

before(async () => {
  if (skip !== false) return;
  fleet = await openFleet();
  acme = await fleet.token({ tenant: 'acme', scopes: ['read'] });
  scanner = await fleet.agent('acme', 'scanner');
  stranger = await fleet.agent('globex', 'stranger');
  for (const agent of [scanner, stranger]) await agent.write({ message: `${agent.name} begins` }).ship();
});
after(async () => {
  if (skip === false) await fleet.close();
});

/** Waits for what happens on the other side of a connection. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (holds()) return;
    await fleet.ask('/healthz');
  }
  throw new Error(`never came: ${what}`);
}

test('what comes in is told to who may see it and asks for it, and to nobody else', { skip }, async () => {
  const globex = await fleet.token({ tenant: 'globex', scopes: ['read'] });
  const all = await OpenTail.open(fleet, acme);
  const errors = await OpenTail.open(fleet, acme, { q: 'severity:>=ERROR' });
  const other = await OpenTail.open(fleet, globex);
  for (const tail of [all, errors, other]) assert.equal((await tail.next())?.kind, 'place');
  await stranger.write({ message: 'of globex' }).ship();
  await scanner.write({ message: 'one' }, { message: 'two', severity: 'ERROR', agent_id: 'another' }).ship();
  await stranger.write({ message: 'of globex again' }).ship();
  assert.deepEqual([(await all.event()).text, (await all.event()).text], ['one', 'two']);
  const failed = await errors.event();
  assert.equal(failed.text, 'two');
  assert.deepEqual(failed.event, await stored('two'), 'a tail tells what a search would');
  assert.deepEqual([(await other.event()).text, (await other.event()).text], ['of globex', 'of globex again']);
  for (const tail of [all, errors, other]) await tail.close();
  await until('three ends in the journal', () => ends().length === 3);
  assert.deepEqual(
    ends().toSorted((a, b) => a - b),
    [1, 2, 2],
  );
});

async function stored(message: string): Promise<unknown> {
  const { events } = await fleet.get(`/v1/events?q=message:${message}`, acme);
  return (events as readonly unknown[])[0];
}

function ends(): number[] {
  const entries = fleet.journal('events_followed').filter(({ message }) => message === 'Tail ended');
  return entries.map(({ details }) => (details as { rows: number }).rows);
}

test('a reader that was cut off goes on behind its last event, and behind its place where it had none', { skip }, async () => {
  const first = await OpenTail.open(fleet, acme);
  const place = await first.next();
  assert.ok(place?.kind === 'place');
  await scanner.write({ message: 'three' }, { message: 'four' }).ship();
  const { cursor, text } = await first.event();
  assert.equal(text, 'three');
  await first.close();
  await scanner.write({ message: 'five' }).ship();
  const behindEvent = await OpenTail.open(fleet, acme, { after: cursor });
  assert.deepEqual([(await behindEvent.event()).text, (await behindEvent.event()).text], ['four', 'five']);
  const behindPlace = await OpenTail.open(fleet, acme, { after: place.cursor });
  const told = [(await behindPlace.event()).text, (await behindPlace.event()).text, (await behindPlace.event()).text];
  assert.deepEqual(told, ['three', 'four', 'five']);
  for (const tail of [behindEvent, behindPlace]) await tail.close();
  assert.equal((await fleet.ask('/v1/tail', { token: acme, headers: { 'last-event-id': 'guessed' } })).code, 'CURSOR_MALFORMED');
});

test('a tail without events says that it is there, and where it stands', { skip }, async () => {
  const tail = await OpenTail.open(fleet, acme, { q: 'type:none' });
  assert.equal((await tail.next())?.kind, 'place');
  fleet.clock.advance(14_000);
  await scanner.write({ message: 'not asked for' }).ship();
  fleet.clock.advance(1_000);
  const place = await tail.next();
  assert.equal(place?.kind, 'place');
  await tail.close();
});

test('a tail ends when its token is revoked, and when it expires', { skip }, async () => {
  const { secret, id } = await fleet.made({ tenant: 'acme', scopes: ['read'] });
  const tail = await OpenTail.open(fleet, secret);
  assert.equal((await tail.next())?.kind, 'place');
  const revoked = await fleet.ask(`/v1/tokens/${id}`, { method: 'DELETE', token: fleet.admin });
  assert.equal(revoked.status, 200);
  assert.equal(await tail.next(), undefined);
  assert.equal((await OpenTail.open(fleet, secret)).status, 401);
  const short = await fleet.made({ tenant: 'acme', scopes: ['read'], expires_at: new Date(fleet.clock.now() + 30_000).toISOString() });
  const expiring = await OpenTail.open(fleet, short.secret);
  assert.equal((await expiring.next())?.kind, 'place');
  await fleet.pass(32_000);
  let last = await expiring.next();
  while (last?.kind === 'place') last = await expiring.next();
  assert.equal(last, undefined);
});

test('no more tails than a token may have', { skip }, async () => {
  const token = await fleet.token({ tenant: 'acme', scopes: ['read'] });
  const tails: OpenTail[] = [];
  for (let count = 0; count < 32; count++) tails.push(await OpenTail.open(fleet, token));
  const refused = await fleet.ask('/v1/tail', { token });
  assert.equal(refused.code, 'RATE_LIMITED');
  assert.equal(refused.headers.get('retry-after'), '1');
  await tails.pop()?.close();
  let again: OpenTail | undefined;
  await until('a place is free again', () => {
    void OpenTail.open(fleet, token).then((tail) => {
      if (tail.status === 200) again ??= tail;
    });
    return again !== undefined;
  });
  for (const tail of [...tails, ...(again === undefined ? [] : [again])]) await tail.close();
});

test('clocks that are 3 h off: both times are shown, and complete_to is by the own one', { skip }, async () => {
  const nowMs = fleet.clock.now();
  const slow = await fleet.agent('acme', 'slow-clock');
  await slow.write({ message: 'three hours ago, it says', atMs: nowMs - 3 * hourMs }).ship();
  const page = await fleet.get('/v1/events?q=agent_id:slow-clock', acme);
  const [event] = page['events'] as readonly { readonly line: string; readonly received_at: string }[];
  assert.equal(event?.received_at, new Date(nowMs).toISOString());
  assert.equal((JSON.parse(event?.line ?? '{}') as Record<string, unknown>)['timestamp'], new Date(nowMs - 3 * hourMs).toISOString());
  assert.equal(completenessIn(page).complete_to, new Date(nowMs - 3 * hourMs).toISOString());
  const fast = await fleet.agent('acme', 'fast-clock');
  await fast.write({ message: 'in three hours, it says', atMs: nowMs + 3 * hourMs }).ship();
  assert.equal(completenessIn(await fleet.get('/v1/events?q=agent_id:fast-clock', acme)).complete_to, new Date(nowMs).toISOString());
});

test('a log that is silent is named and holds complete_to back; heard_to goes on', { skip }, async () => {
  await fleet.pass(10 * 60_000);
  await scanner.write({ message: 'still here' }).ship();
  const page = await fleet.get('/v1/events', acme);
  const { complete_to: to = '', heard_to: heard = '', silent } = completenessIn(page);
  assert.deepEqual(silent.map(({ agent }) => agent).toSorted(), ['fast-clock', 'slow-clock']);
  assert.ok(Date.parse(to) < startMs, to);
  assert.equal(heard, new Date(fleet.clock.now()).toISOString());
});
