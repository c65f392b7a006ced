// The head of a line, read without parsing the line. It decides most searches that a pre-filter of literals cannot: times, order, negation.
//
// Lines of a log begin with the same four fields in the same order. What stands there is what parsing would find unless the same
// name stands on the line once more (in JSON the last one counts) or is spelled with \u further on; such a line has to be parsed.
// The head only ever refuses a line. Whether a line is JSON at all, and so can match, is known when it is parsed.
import type { WireEvent } from './event.ts';
import { eventTest } from './match.ts';
import type { Clause, Query } from './query.ts';

/** Whether a line may match, by its head: false is sure, true is not. `line` is in Latin-1. */
export type HeadTest = (line: string) => boolean;

/** What part of an event says of a query: yes, no, or that it takes the rest of the event. */
type Verdict = (head: WireEvent) => boolean | undefined;

const headPattern = /^\{"seq":(0|[1-9]\d{0,14}),"timestamp":"([ !#-[\]-~]*)","type":"([ !#-[\]-~]*)","severity":"([ !#-[\]-~]*)"/;
const headFields: readonly string[] = ['seq', 'timestamp', 'type', 'severity'];

/** Undefined where the head of a line decides nothing about the query. */
export function headTest(query: Query): HeadTest | undefined {
  if (query.kind === 'all') return undefined;
  const names = headFields.filter((name) => asksFor(query, name)).map((name) => `"${name}"`);
  if (names.length === 0) return undefined;
  const verdict = verdictOf(query);
  return (line) => {
    const match = headPattern.exec(line);
    if (match === null) return true;
    const [head, seq, timestamp, type, severity] = match;
    if (line.includes('\\u') || names.some((name) => line.includes(name, head.length))) return true;
    return verdict({ seq: Number(seq), timestamp, type, severity }) !== false;
  };
}

function asksFor(clause: Clause, field: string): boolean {
  switch (clause.kind) {
    case 'text':
      return false;
    case 'field':
      return clause.field === field;
    case 'not':
      return asksFor(clause.part, field);
    case 'and':
    case 'or':
      return clause.parts.some((part) => asksFor(part, field));
  }
}

function verdictOf(clause: Clause): Verdict {
  switch (clause.kind) {
    case 'text':
      return () => undefined;
    case 'field':
      return headFields.includes(clause.field) ? eventTest(clause) : () => undefined;
    case 'not': {
      const part = verdictOf(clause.part);
      return (head) => {
        const verdict = part(head);
        return verdict === undefined ? undefined : !verdict;
      };
    }
    case 'and':
      return deciding(clause.parts, false);
    case 'or':
      return deciding(clause.parts, true);
  }
}

/** One part with the deciding verdict decides; without one, all parts must have spoken. */
function deciding(parts: readonly Clause[], decides: boolean): Verdict {
  const verdicts = parts.map(verdictOf);
  return (head) => {
    let open = false;
    for (const verdict of verdicts) {
      const said = verdict(head);
      if (said === decides) return decides;
      if (said === undefined) open = true;
    }
    return open ? undefined : !decides;
  };
}
