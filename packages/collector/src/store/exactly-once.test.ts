// A commit that fails is tried again: whatever was done of it, everything is there afterwards, once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { cannotEmbed, kinds } from '../db/database.test.support.ts';
import { type Database, DatabaseError, type Insert } from '../db/database.ts';
import { bytesOf, commitOf, recordOf } from './lines.test.support.ts';
import { openStore } from './open-store.ts';
import { wholeOf } from './row-values.ts';

/** How an insert fails: before anything is done, when half of its rows are written, or when all of it is and nobody hears of it. */
const failures = ['before', 'half', 'after'] as const;

/** Fails one insert. */
function failing(database: Database, at: number, how: (typeof failures)[number]): Database {
  let count = 0;
  const lost = new DatabaseError('DB_UNAVAILABLE', 'the connection was lost');
  return {
    kind: database.kind,
    where: database.where,
    execute: (statement) => database.execute(statement),
    rows: (statement) => database.rows(statement),
    bytes: (statement, format) => database.bytes(statement, format),
    insert: async (insert) => {
      if (count++ !== at) return database.insert(insert);
      if (how === 'after') await database.insert(insert);
      if (how === 'half') await database.insert(halfOf(insert));
      throw lost;
    },
    close: () => database.close(),
  };
}

/** The first half of the rows. */
function halfOf(insert: Insert): Insert {
  const text = Buffer.from(insert.body).toString('latin1');
  const rows = text.slice(0, -1).split('\n');
  const kept = rows.slice(0, Math.ceil(rows.length / 2));
  const body = Buffer.from(kept.map((row) => `${row}\n`).join(''), 'latin1');
  return { ...insert, body, rows: (insert.rows / rows.length) * kept.length };
}

for (const { name, open } of kinds) {
  describe(`a commit that fails, ${name}`, { skip: cannotEmbed }, () => {
    let database: Database;
    let remove: () => Promise<void>;
    before(async () => {
      const temporary = await open();
      database = temporary.database;
      remove = temporary.remove;
    });
    after(async () => {
      await remove();
    });

    // Of a commit the inserts are: lines, nodes, alarms, records.
    const cases = [0, 1, 2, 3].flatMap((at) => failures.map((how) => ({ at, how })));
    for (const [index, { at, how }] of cases.entries()) {
      for (const isRestarted of [false, true]) {
        it(`insert ${at} fails ${how}${isRestarted ? ', and a new process tries again' : ''}`, async () => {
          const logIds = ['a', 'b'].map((letter) => `${index}${isRestarted ? letter : letter.toUpperCase()}`.padStart(32, '0'));
          const sound = await openStore({ database });
          await sound.commit(commitOf(logIds, 0, 3));
          const broken = await openStore({ database: failing(database, at, how) });
          await assert.rejects(broken.commit(commitOf(logIds, 3, 40)), /DB_UNAVAILABLE|lost/);
          const next = isRestarted ? await openStore({ database }) : broken;
          for (const logId of logIds) {
            const acknowledged = await next.record(logId);
            assert.ok(acknowledged?.size === 3 || acknowledged?.size === 40);
            assert.ok((await next.storedSize(logId, 3)) >= acknowledged.size);
          }
          for (const _ of [1, 2]) await next.commit(commitOf(logIds, 3, 40));
          await next.commit(commitOf(logIds, 40, 45));
          for (const logId of logIds) {
            assert.deepEqual(Buffer.from((await next.lines(logId, 0, 100)).bytes), Buffer.from(bytesOf(logId, 0, 45)));
            assert.deepEqual(await next.record(logId), recordOf(logId, 45));
            const sql = 'SELECT count() AS n FROM events WHERE log_id = {log:String} LIMIT 1';
            const [row] = await database.rows({ sql, parameters: { log: logId } });
            assert.equal(row === undefined ? 0 : wholeOf(row, 'n'), 45);
          }
          const alarms = await next.alarms({}, 1_000);
          assert.equal(alarms.filter(({ logId }) => logIds.includes(logId)).length, logIds.length * 3);
        });
      }
    }
  });
}
