// The values at a dotted path of a line, as an expression: every way to cut the path into names, because a name may hold dots; a list
// stands for its items; null is none. Of regular lines, whose lists hold neither lists nor objects. Of a name that stands twice the
// last counts, as for any reader of JSON in JavaScript.
import type { Values } from './values.ts';

/** Paths of more parts are asked of the lines themselves: each part doubles the ways to cut. */
const partsMax = 6;

/** An Array(String) of raw JSON values; undefined where the path has too many parts. */
export function pathValues(path: string, values: Values): string | undefined {
  const parts = path.split('.');
  return parts.length > partsMax ? undefined : valuesBelow('line', parts, values);
}

function valuesBelow(object: string, parts: readonly string[], values: Values): string {
  const ways = parts.map((_, index) => {
    const name = values.text(parts.slice(0, index + 1).join('.'));
    const value = `arrayFilter(pair -> pair.1 = ${name}, JSONExtractKeysAndValuesRaw(${object}))[-1].2`;
    return index === parts.length - 1
      ? `arrayFilter(item -> item NOT IN ('', 'null'), if(startsWith(${value}, '['), JSONExtractArrayRaw(${value}), [${value}]))`
      : valuesBelow(value, parts.slice(index + 1), values);
  });
  return ways.length === 1 ? (ways[0] ?? '') : `arrayConcat(${ways.join(', ')})`;
}
