// Which events tell the story of a job: those that say its id, and those within an operation of it that say no job's id.
import { and, type Clause, type FieldClause, not, or, type Query } from '@agent-audit/search';
import type { Visible } from '../principal.ts';
import type { EventStore } from '../store/store.ts';

/** Operations whose events are looked for by their span: a search has at most 64 terms, and each operation takes two. */
const spansMax = 30;
/** How deep operations without a job's id are followed below those with one. */
const levelsMax = 8;

/** What the story is looked for with. */
export interface StoryRequest {
  readonly visible: Visible;
  readonly jobId: string;
  readonly signal: AbortSignal;
}

/** The events of a job, as a search. */
export function jobQuery(jobId: string): FieldClause {
  return { kind: 'field', field: 'job_id', tests: [{ op: 'is', value: jobId }] };
}

/** The events of its story, as a search. Throws what the store does. */
export async function storyQuery(store: Pick<EventStore, 'facets'>, { visible, jobId, signal }: StoryRequest): Promise<Query> {
  const ofJob = jobQuery(jobId);
  const spansIn = async (query: Query): Promise<readonly string[]> => {
    const { span_id: spans = [] } = await store.facets({ visible, signal, query, fields: ['span_id'], limit: spansMax });
    return spans.map(({ value }) => value).filter((value) => value !== '');
  };
  const spans = new Set(await spansIn(ofJob));
  let level = [...spans];
  for (let depth = 0; depth < levelsMax && level.length > 0 && spans.size < spansMax; depth++) {
    const below = await spansIn(and([withoutJob, isOneOf('parent_span_id', level)]));
    level = below.filter((span) => !spans.has(span)).slice(0, spansMax - spans.size);
    for (const span of level) spans.add(span);
  }
  const [first, ...rest] = spans;
  if (first === undefined) return ofJob;
  const within = or([isOneOf('span_id', [first, ...rest]), isOneOf('parent_span_id', [first, ...rest])]);
  return or([ofJob, clauseOf(and([withoutJob, within]))]);
}

const withoutJob: Clause = not({ kind: 'field', field: 'job_id', tests: [{ op: 'present' }] });

function isOneOf(field: string, values: readonly string[]): FieldClause {
  return { kind: 'field', field, tests: values.map((value) => ({ op: 'is', value })) };
}

function clauseOf(query: Query): Clause {
  if (query.kind === 'all') throw new TypeError('a story is never of all events');
  return query;
}
