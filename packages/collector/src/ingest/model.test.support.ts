// Random histories of honest agents that send, retry, double and reorder what they send, and lose what they kept, against a collector
// that crashes and a store that fails at any point. What must hold at every moment is small enough to say in full:
//
//   a receipt for size M was given  ⇒  the lines below M are stored as they were written, but for gaps that an alarm tells of
//   whatever was cosigned at one size has one root
//   an honest agent is never accused, and once the store works again everything arrives
import assert from 'node:assert/strict';
import { appendSignature, encodeBase64, openCosignatures, parseConflict, readCheckpoint } from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import type { ManualClock } from 'agent-audit/testing';
import fc from 'fast-check';
import { DatabaseError } from '../db/database.ts';
import { Refusal } from '../refusal.ts';
import type { Alarm, IngestStore } from '../store/store.ts';
import { type BreakPoint, FaultyStore, sessionOf } from './faulty-store.test.support.ts';
import type { Ingest } from './ingest.ts';
import { defaultIngestLimits } from './limits.ts';
import { collectorOf, cosignerOf, outcomeOf, ownLine, principalOf, TestLog } from './log.test.support.ts';
import { readLines } from './stored-lines.ts';

type Step =
  | { readonly kind: 'write' | 'send' | 'double' | 'replay' | 'beat'; readonly agent: number; readonly lines: number }
  | { readonly kind: 'erase' | 'prune'; readonly agent: number; readonly lines: number }
  | { readonly kind: 'break'; readonly at: BreakPoint | 'reads' | undefined }
  | { readonly kind: 'crash' | 'idle' };

const agentsMax = 3;
const signer = cosignerOf(7);
const principal = principalOf();

/** An agent as the shipper is to be: it goes on from what the collector says. */
class Agent {
  readonly log: TestLog;
  /** Lines below are acknowledged. */
  acked = 0;
  /** Lines below are gone here. */
  kept = 0;
  seen: string | undefined;
  readonly erased: Set<number> = new Set();
  readonly sent: Uint8Array[] = [];

  constructor(seed: number) {
    this.log = new TestLog(seed, `agent-${seed}`, 2);
  }

  /** The next request of at most so many lines. */
  body(lines: number): Uint8Array {
    const { log, seen } = this;
    const old = Math.max(this.acked, this.kept);
    const size = Math.min(log.size, old + lines);
    const base = old > this.acked ? { base: log.base(old) } : {};
    const body = log.body(old, size, { ...base, ...(seen === undefined ? {} : { seen }) });
    this.sent.push(body);
    return body;
  }
}

/** Some agents, a collector, and its store. */
export class World {
  readonly store: FaultyStore<IngestStore>;
  readonly agents: readonly Agent[];
  /** Roots that were cosigned and given out, by log and size. */
  readonly #roots = new Map<string, string>();
  ingest: Ingest | undefined;
  /** The collector's. */
  clock: ManualClock | undefined;

  /** A store with nothing of the logs of these agents; `seed` and those that follow are theirs. */
  constructor(store: IngestStore, seed = 1) {
    this.store = new FaultyStore(store);
    this.agents = Array.from({ length: agentsMax }, (_, i) => new Agent(seed + i));
  }

  #kill: () => void = () => {};

  /** A new process; what the one before had not stored is lost with it. One that cannot start is started again. */
  async start(): Promise<void> {
    this.#kill();
    const { store, kill } = sessionOf(this.store);
    this.#kill = kill;
    while (this.#kill === kill) {
      this.heal();
      const started = await outcomeOf(this.#open(store)).catch((error: unknown) => {
        assert.ok(error instanceof DatabaseError, String(error));
      });
      if (started === true) return;
    }
  }

  async #open(store: IngestStore): Promise<true> {
    const { ingest, clock } = await collectorOf(store, { signer });
    this.ingest = ingest;
    this.clock = clock;
    for (const { log } of this.agents) await ingest.enrol(principal, log.enrolment());
    return true;
  }

  heal(): void {
    this.store.breaks = () => undefined;
    this.store.fails = () => false;
  }

  /** Sends a body, takes the answer as an agent does, and checks what it promises. */
  async send(agent: Agent, body: Uint8Array): Promise<void> {
    assert.ok(this.ingest !== undefined);
    const outcome = await outcomeOf(this.ingest.entries(principal, body, 'identity'));
    if (!(outcome instanceof Refusal)) {
      await this.#take(agent, appendSignature(agent.log.note(outcome.size), outcome.cosignature));
      return;
    }
    const { code, members } = outcome;
    assert.ok(code === 'UNAVAILABLE' || code === 'SIZE_CONFLICT', `an honest agent was refused: ${code}: ${outcome.message}`);
    if (code === 'UNAVAILABLE') return;
    const { size, note } = parseConflict(members);
    assert.ok(size >= agent.acked, `the collector fell back from ${agent.acked} to ${size}`);
    if (note !== undefined) await this.#take(agent, note);
  }

  async #take(agent: Agent, note: string): Promise<void> {
    const { size, root } = readCheckpoint(note);
    assert.equal(openCosignatures(note, [signer.key], verifyEd25519).length, 1);
    const key = `${agent.log.logId} ${size}`;
    assert.equal(this.#roots.get(key) ?? encodeBase64(root), encodeBase64(root));
    this.#roots.set(key, encodeBase64(root));
    assert.deepEqual(root, readCheckpoint(agent.log.note(size)).root);
    if (size < agent.acked) return;
    agent.acked = size;
    agent.seen = note;
    await this.requireStored(agent);
  }

  async requireStored({ log, acked, erased }: Agent): Promise<void> {
    const gaps = await this.#gaps(log.logId);
    const { inner } = this.store;
    const rows = new Map((await readLines(inner, log.logId, 0, acked)).map(({ seq, line }) => [seq, line]));
    for (let seq = 0; seq < acked; seq++) {
      const row = rows.get(seq);
      if (row === undefined) {
        assert.ok(gaps.some(({ from = 0, to = 0 }) => seq >= from && seq < to), `line ${seq} was acknowledged and is not stored`);
        continue;
      }
      const isStub = erased.has(seq) && Buffer.compare(row, log.stub(seq).subarray(0, -1)) === 0;
      assert.ok(isStub || Buffer.compare(row, log.lines[seq]?.subarray(0, -1) ?? row) === 0, `line ${seq} is stored as another`);
    }
  }

  /** What the lines that were acknowledged say is erased is so, but for such lines themselves. */
  async requireErased({ log }: Agent): Promise<void> {
    const gaps = await this.#gaps(log.logId);
    const all = await readLines(this.store.inner, log.logId, 0, log.size);
    // In a gap there may be lines of a commit that was cut off: they are nobody's word.
    const rows = all.filter(({ seq }) => !gaps.some(({ from = 0, to = 0 }) => seq >= from && seq < to));
    const says = rows.map(({ line }) => Buffer.from(line).toString()).filter((line) => line.includes('"type":"log.erasure"'));
    const told = new Set(says.flatMap((line) => (JSON.parse(line) as { details: { seqs: number[] } }).details.seqs));
    for (const { seq, line } of rows.filter((row) => told.has(row.seq))) {
      const isErasure = Buffer.from(line).includes('"type":"log.erasure"');
      assert.ok(isErasure || Buffer.compare(line, log.stub(seq).subarray(0, -1)) === 0, `line ${seq} is not erased`);
    }
  }

  async #gaps(logId: string): Promise<readonly Alarm[]> {
    return (await this.alarms()).filter((alarm) => alarm.kind === 'GAP' && alarm.logId === logId);
  }

  /** Of these agents. */
  async alarms(): Promise<readonly Alarm[]> {
    const ours = new Set(this.agents.map(({ log }) => log.logId));
    return (await this.store.inner.alarms({}, 100_000)).filter(({ logId }) => ours.has(logId));
  }
}

async function run(world: World, step: Step): Promise<void> {
  const { store } = world;
  switch (step.kind) {
    case 'break':
      store.breaks = () => (step.at === 'reads' ? undefined : step.at);
      store.fails = () => step.at === 'reads';
      return;
    case 'crash':
      await world.start();
      return;
    case 'idle':
      await world.ingest?.idle();
      return;
    default: {
      const agent = world.agents[step.agent];
      if (agent !== undefined) await act(world, agent, step.kind, step.lines);
    }
  }
}

type Deed = Extract<Step, { readonly agent: number }>['kind'];

async function act(world: World, agent: Agent, kind: Deed, lines: number): Promise<void> {
  const { log } = agent;
  switch (kind) {
    case 'write':
      log.write(lines);
      return;
    case 'send':
      return world.send(agent, agent.body(lines));
    case 'double': {
      const [first, second] = [agent.body(lines), agent.body(2 * lines)];
      await Promise.all([world.send(agent, first), world.send(agent, second), world.send(agent, first)]);
      return;
    }
    case 'replay': {
      const older = agent.sent[lines % Math.max(1, agent.sent.length)];
      return older === undefined ? undefined : world.send(agent, older);
    }
    case 'beat':
      return agent.acked < agent.kept ? undefined : world.send(agent, log.body(agent.acked, agent.acked));
    case 'erase': {
      const seqs = [lines % log.size, (lines * 7) % log.size];
      for (const seq of seqs) agent.erased.add(seq);
      log.add(ownLine(log.size, 'log.erasure', { seqs, why: 'w', by: 'b' }));
      return;
    }
    case 'prune':
      // What was not acknowledged is deleted too: a small disk, a long cut.
      agent.kept = Math.max(agent.kept, Math.min(log.size - 1, agent.acked + lines));
  }
}

/** The store heals: all arrives, everything is proven, the alarms are the gaps and nothing else. */
async function settle(world: World): Promise<void> {
  world.heal();
  for (const agent of world.agents) {
    for (let tries = 0; agent.acked < agent.log.size; tries++) {
      assert.ok(tries < 20, `stuck at ${agent.acked} of ${agent.log.size}`);
      await world.send(agent, agent.body(1000));
    }
    // An erasure that failed is tried again.
    await world.ingest?.idle();
    world.clock?.advance(defaultIngestLimits.erasureRetryMs);
    await world.ingest?.idle();
    await world.requireStored(agent);
    await world.requireErased(agent);
    const { logId, lines } = agent.log;
    const record = world.ingest?.log(logId);
    assert.deepEqual([record?.size, record?.state], [lines.length, 'sound']);
    for (const seq of [record?.first ?? 0, lines.length - 1]) {
      const proven = await world.ingest?.proof(logId, seq);
      assert.ok(proven !== undefined);
    }
  }
  assert.deepEqual((await world.alarms()).filter(({ kind }) => kind !== 'GAP'), []);
  await world.ingest?.close();
}

const agent = fc.nat(agentsMax - 1);
const lines = fc.integer({ min: 1, max: 400 });
const breakPoint = fc.constantFrom('lines', 'some-lines', 'nodes', 'alarms', 'records', 'answer', 'reads', undefined, undefined);
/** Anything that can happen. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('write', 'send', 'send', 'double', 'replay', 'beat'), agent, lines }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('erase', 'prune'), agent, lines }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('break'), at: breakPoint }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('crash', 'idle') }) },
);

/** Histories: rounds of steps that run side by side. */
export const histories: fc.Arbitrary<readonly (readonly Step[])[]> = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), {
  maxLength: 25,
});

/** Lets a history happen, and everything settle. */
export async function live(world: World, history: readonly (readonly Step[])[]): Promise<void> {
  await world.start();
  for (const round of history) await Promise.all(round.map((one) => run(world, one)));
  await settle(world);
}
