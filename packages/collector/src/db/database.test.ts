// The contract of the port: both adapters pass it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Database, DatabaseError, type DatabaseErrorCode, type Parameter } from './database.ts';
import { cannotEmbed, kinds } from './database.test.support.ts';
import { TabSeparatedRows } from './tab-separated.ts';

const failsWith = (code: DatabaseErrorCode) => (error: unknown) => error instanceof DatabaseError && error.code === code;

const texts = ["it's", 'a\\b', 'tab\t lf\n cr\r nul\0 bell\u0007', 'é漢😀', '', "'; DROP TABLE t; --", '{a:String}', '[1,2]', '\\N', 'NULL'];
const values: readonly (readonly [string, Parameter, unknown])[] = [
  ['UInt64', 18_446_744_073_709_551_615n, '18446744073709551615'],
  ['Int64', -9_223_372_036_854_775_808n, '-9223372036854775808'],
  ['UInt8', true, 1],
  ['Float64', 0.1, 0.1],
  ['Array(UInt64)', [1, 2, 3], ['1', '2', '3']],
  ['Array(String)', texts, texts],
  ['Array(String)', [], []],
];

for (const { name, open } of kinds) {
  describe(`the database, ${name}`, { skip: cannotEmbed }, () => {
    let database: Database;
    let remove: () => Promise<void>;
    before(async () => {
      const temporary = await open();
      database = temporary.database;
      remove = () => temporary.remove();
      await database.execute({ sql: 'CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n' });
      await database.execute({ sql: 'CREATE TABLE doubled (n UInt64) ENGINE = MergeTree ORDER BY n' });
      await database.execute({ sql: 'CREATE TABLE source (n UInt64) ENGINE = Null' });
      await database.execute({ sql: 'CREATE MATERIALIZED VIEW v TO doubled AS SELECT n FROM source WHERE n != 13' });
    });
    after(async () => {
      await remove();
    });

    it('takes values beside the statement, whatever they hold', async () => {
      for (const text of texts) {
        assert.deepEqual(await database.rows({ sql: 'SELECT {a:String} AS a', parameters: { a: text } }), [{ a: text }]);
      }
      for (const [type, value, wanted] of values) {
        assert.deepEqual(await database.rows({ sql: `SELECT {a:${type}} AS a`, parameters: { a: value } }), [{ a: wanted }], type);
      }
    });

    it('takes many values', async () => {
      const many = Array.from({ length: 20_000 }, (_, index) => `value ${index}`);
      const rows = await database.rows({ sql: 'SELECT length({a:Array(String)}) AS n', parameters: { a: many } });
      assert.deepEqual(rows, [{ n: '20000' }]);
    });

    it('inserts bytes of any kind, and gives them back', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      const body = new TabSeparatedRows(1);
      body.add(1, bytes);
      body.add(2, 'a\tb');
      body.add(3, 'no\\n');
      body.add(4, '');
      await database.insert({ table: 't', columns: ['n', 's'], format: 'TabSeparated', body: body.body(), rows: 4 });
      const raw = await database.bytes({ sql: 'SELECT s FROM t WHERE n = 1 LIMIT 1' }, 'RowBinary');
      assert.deepEqual([...raw.subarray(2)], [...bytes]);
      const rows = await database.rows({ sql: 'SELECT n, s FROM t WHERE n > 1 ORDER BY n LIMIT 9' });
      assert.deepEqual(
        rows.map((row) => row['s']),
        ['a\tb', 'no\\n', ''],
      );
      const parquet = await database.bytes({ sql: 'SELECT n FROM t LIMIT 1' }, 'Parquet');
      assert.equal(Buffer.from(parquet.subarray(0, 4)).toString(), 'PAR1');
    });

    it('counts what views write, and says where other than meant was written', async () => {
      const insert = async (numbers: readonly number[], rows: number): Promise<void> => {
        const body = Buffer.from(numbers.map((n) => `{"n":${n}}\n`).join(''));
        await database.insert({ table: 'source', columns: ['n'], format: 'JSONEachRow', body, rows });
      };
      await insert([1, 2, 3], 6);
      await assert.rejects(insert([12, 13], 4), failsWith('DB_SHORT_WRITE'));
      await assert.rejects(insert([], 1), (error) => error instanceof DatabaseError);
    });

    it('tells refusals, limits and time apart', async () => {
      await assert.rejects(database.execute({ sql: 'SELEC' }), failsWith('DB_REFUSED'));
      await assert.rejects(database.rows({ sql: 'SELECT nothing FROM t LIMIT 1' }), failsWith('DB_REFUSED'));
      const sql = 'SELECT count() AS n FROM numbers(100000000000) WHERE sipHash64(number) = 1';
      await assert.rejects(database.rows({ sql, settings: { max_execution_time: 1 } }), failsWith('DB_TIMEOUT'));
      const large = { sql: 'SELECT number FROM numbers(1000)', settings: { max_result_rows: 10, result_overflow_mode: 'throw' } };
      await assert.rejects(database.rows(large), failsWith('DB_LIMIT'));
      const heavy = { sql: 'SELECT groupArray(number) AS n FROM numbers(100000000)', settings: { max_memory_usage: 10_000_000 } };
      await assert.rejects(database.rows(heavy), failsWith('DB_LIMIT'));
      const bad = { table: 't', columns: ['n', 's'], format: 'TabSeparated', body: Buffer.from('x\ty\n'), rows: 1 } as const;
      await assert.rejects(database.insert(bad), failsWith('DB_REFUSED'));
    });

    it('answers side by side, and may be called off', async () => {
      const asked = Array.from({ length: 20 }, (_, index) => index);
      const sql = 'SELECT {a:UInt64} + sum(number) * 0 AS a FROM numbers(1000)';
      const answers = await Promise.all(asked.map((index) => database.rows({ sql, parameters: { a: index } })));
      assert.deepEqual(
        answers.map(([row]) => Number(row?.['a'])),
        asked,
      );
      const reason = new Error('called off');
      const signal = AbortSignal.abort(reason);
      await assert.rejects(database.rows({ sql: 'SELECT 1 AS a', signal }), (error) => error === reason);
    });

    it('says where it is without what is secret', () => {
      assert.doesNotMatch(database.where, /:[^/]*@/);
      assert.equal(database.kind, name);
    });
  });
}
