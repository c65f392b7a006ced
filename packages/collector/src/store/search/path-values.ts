// The values at a dotted path of a line, as an expression: every way to cut the path into names, because a name may hold dots; a list
// stands for its items; null is none. Of regular lines: their lists hold neither lists nor objects, and on the line and in its details no
// name stands twice. Further down one may: of that the last counts, as for any reader of JSON in JavaScript.
import type { Values } from './values.ts';

/** Paths of more parts are asked of the lines themselves: each part doubles the ways to cut. */
const partsMax = 6;

/** An Array(String) of raw JSON values; undefined where the path has too many parts. */
export function pathValues(path: string, values: Values): string | undefined {
  const parts = path.split('.');
  return parts.length > partsMax ? undefined : valuesBelow([], parts, values);
}

/** `names`: those that lead to the object. */
function valuesBelow(names: readonly string[], parts: readonly string[], values: Values, object: string = 'document'): string {
  const ways = parts.map((_, index) => {
    const name = parts.slice(0, index + 1).join('.');
    const value = memberOf(object, names, name, values);
    const rest = parts.slice(index + 1);
    return rest.length === 0 ? itemsOf(value) : valuesBelow([...names, name], rest, values, value);
  });
  return ways.length === 1 ? (ways[0] ?? '') : `arrayConcat(${ways.join(', ')})`;
}

/** A member as raw JSON; '' where there is none. */
function memberOf(object: string, names: readonly string[], name: string, values: Values): string {
  const [first] = names;
  if (first === undefined) return `JSONExtractRaw(document, ${values.text(name)})`;
  if (names.length === 1 && first === 'details') return `JSONExtractRaw(document, 'details', ${values.text(name)})`;
  return `arrayFilter(pair -> pair.1 = ${values.text(name)}, JSONExtractKeysAndValuesRaw(${object}))[-1].2`;
}

function itemsOf(value: string): string {
  const items = `if(startsWith(${value}, '['), JSONExtractArrayRaw(${value}), [${value}])`;
  return `arrayFilter(item -> item NOT IN ('', 'null'), ${items})`;
}
