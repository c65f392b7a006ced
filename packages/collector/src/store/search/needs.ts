// What must stand on a line for a test to hold, and is quicker to see than the test. Of a line that is stored in short (`rest`), most of
// its fields stand in columns.
import type { Values } from './values.ts';

/** Columns with what the lines that are stored in short do not repeat; the time is written out of another one. */
const headColumns = ['type', 'severity', 'agent_id', 'tenant_id', 'job'];
const timeShape = '0000-00-00T00:00:00.000Z';
/** To the millisecond, as lines that are stored in short have it. */
const timeText = `concat(replaceOne(substring(toString(time), 1, 23), ' ', 'T'), 'Z')`;

/**
 * All texts of a regular line as the values of one JSON text, for a pattern. Not `whole`: what a page shows and a condition asks for is
 * made of each line that is looked at, and not only of those that a condition has got to.
 */
export function searched(piece: string): string {
  const texts = [...headColumns, ...(mayBeInTime(piece) ? [timeText] : [])];
  return `if(rest = '', events.line, concat('{"":["', ${texts.join(`, '","', `)}, '"]', rest))`;
}

/** That a piece of plain ASCII, whose characters stand raw, stands in some text of the line, in any case. */
export function standsOnLine(piece: string, values: Values): string {
  const place = values.text(piece);
  const texts = ['rest', 'events.line', ...headColumns, ...(mayBeInTime(piece) ? [timeText] : [])];
  return `(NOT plain OR ${texts.map((text) => `positionCaseInsensitive(${text}, ${place}) > 0`).join(' OR ')})`;
}

/** Hardly a piece can: to write the time of each line for the others would be for nothing. */
function mayBeInTime(piece: string): boolean {
  return timeShape.includes(piece.toUpperCase().replaceAll(/\d/g, '0'));
}

/** That a piece whose characters stand raw stands in what has no column. */
export function standsInDocument(piece: string, values: Values): string {
  const place = values.text(piece);
  return `(NOT plain OR position(rest, ${place}) > 0 OR position(events.line, ${place}) > 0)`;
}

/**
 * A test that is made only where its needs are met. As members of an AND the database would order them as it likes: the test on all lines
 * first, as often as not.
 */
export function whereNeeded(needs: readonly string[], test: string): string {
  return needs.length === 0 ? test : `if(${needs.join(' AND ')}, ${test}, 0)`;
}
