import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { filtersOf } from './literal.ts';
import { parse } from './parse.ts';

const literals = (search: string): string[][] =>
  filtersOf(parse(search)).map((filter) => filter.map(({ text, spelling }) => ({ exact: '', anyCase: '~', number: '#' })[spelling] + text));

describe('filtersOf', () => {
  it('knows what a line must hold', () => {
    const cases: [search: string, filters: string[][]][] = [
      ['', []],
      ['type:auth_failed', [['"auth_failed"']]],
      ['type:auth*', [['"auth']]],
      ['type:(aa OR bb)', [['"aa"', '"bb"']]],
      ['type:(aa OR *)', []],
      ['severity:>=WARN', [['"WARN"', '"ERROR"', '"CRITICAL"']]],
      ['severity:<DEBUG', [[]]],
      ['error:*', []],
      ['details.tool:nuclei', [['"nuclei"'], ['tool"']]],
      ['details.a.tool:*', [['tool"']]],
      ['details.port:443', [['#443'], ['port"']]],
      ['details.port:443.0', [['port"']]],
      ['details.port:-1', [['#-1'], ['port"']]],
      ['details.big:1000000', [['big"']]],
      ['seq:7', [['#7']]],
      ['details.ok:true', [['true'], ['ok"']]],
      ['details:*', [['details"']]],
      ['duration_ms:>5', []],
      ['timestamp:2026-11*', [['"2026-11']]],
      ['Needle', [['~Needle']]],
      ['"say \\"hello\\""', [['~hello']]],
      ['"köln 東京"', [['~ln 東京']]],
      ['target.id:/srv/web-01', [['web-01"']]],
      ['target.id:"\\\\"', []],
      ['a\ufffdbcd', [['~bcd']]],
      ['-type:a', []],
      ['type:a needle', [['"a"'], ['~needle']]],
      ['(type:a needle) OR job_id:j-42', [['~needle', '"j-42"']]],
      ['type:a OR -type:b', []],
    ];
    for (const [search, filters] of cases) assert.deepEqual(literals(search), filters, search);
  });

  it('takes a character beyond ASCII only where no other matches it in another case', () => {
    // Groups of units that ECMAScript's `i` takes as one, over the whole plane.
    const groups = new Map<string, string[]>();
    for (let code = 0; code <= 0xffff; code++) {
      const unit = String.fromCharCode(code);
      const upper = unit.toUpperCase();
      const fold = upper.length !== 1 || (code >= 128 && upper.charCodeAt(0) < 128) ? unit : upper;
      const group = groups.get(fold);
      if (group === undefined) groups.set(fold, [unit]);
      else group.push(unit);
    }
    const shared = [...groups.values()].filter((group) => group.length > 1);
    assert.ok(shared.length > 900, `${shared.length} groups`);
    for (const [first = '', ...others] of shared) {
      for (const other of others) assert.match(first, new RegExp(other, 'i'));
      const inLiterals = [first, ...others].filter((unit) => unit >= '\u0080' && filtersOf({ kind: 'text', text: unit }).length > 0);
      assert.deepEqual(inLiterals, []);
    }
  });
});
