// The values that a field without a column of text has, for counting.
import { pathValues } from './path-values.ts';
import type { Values } from './values.ts';

/** An Array(String) with the values; empty where an event has none. undefined where nothing can be said of the field. */
export function fieldValues(field: string, values: Values): string | undefined {
  if (field === 'seq') return '[toString(seq)]';
  if (field === 'duration_ms') return `if(isNull(duration_ms), [], [toString(assumeNotNull(duration_ms))])`;
  const items = pathValues(field, values);
  if (items === undefined) return undefined;
  return `arrayDistinct(arrayMap(item -> if(startsWith(item, '"'), JSONExtractString(item), item), ${items}))`;
}
