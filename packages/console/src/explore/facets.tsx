import type { FacetsAnswer } from '@agent-audit/log';
import type { Query } from '@agent-audit/search';
import { Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { count, shortCount } from '../time.ts';
import { visible } from './event-view.ts';
import { type TermState, termState, withTerm } from './query-edit.ts';
import './facets.css';

interface FacetsProps {
  readonly facets: FacetsAnswer['facets'];
  readonly query: Query;
  readonly onSearch: (search: string) => void;
}

const titles: Readonly<Record<string, string>> = {
  severity: 'Severity',
  type: 'Type',
  agent_id: 'Agent',
  job_id: 'Job',
  outcome: 'Outcome',
  'details.tool': 'Tool',
};

/** The most frequent values of fields; a click on one adds it to the search, a click on one that is there takes it away. */
export function Facets({ facets, query, onSearch }: FacetsProps): ReactNode {
  return (
    <div className="facets">
      {facets
        .filter(({ values }) => values.length > 0)
        .map(({ field, values }) => {
          const most = Math.max(...values.map((item) => item.count));
          return (
            <section key={field} aria-label={titles[field] ?? field}>
              <h2>{titles[field] ?? field}</h2>
              <ul>
                {values.map((item) => {
                  const state = termState(query, field, item.value);
                  const turn = (to: TermState): void => onSearch(withTerm(query, field, item.value, to));
                  return (
                    <li key={item.value} className={`facet facet-${state}`}>
                      <button
                        type="button"
                        className="facet-value"
                        aria-pressed={state === 'has'}
                        title={`${count(item.count)} events`}
                        onClick={() => turn(state === 'none' ? 'has' : 'none')}
                      >
                        <span className="facet-name">{visible(item.value) || '(empty)'}</span>
                        <span className="facet-count number">{shortCount(item.count)}</span>
                      </button>
                      <button
                        type="button"
                        className="facet-not"
                        aria-label={`Leave out ${visible(item.value)}`}
                        title="Leave out"
                        onClick={() => turn('lacks')}
                      >
                        <Minus size={12} aria-hidden />
                      </button>
                      <meter className="facet-share" min={0} max={most} value={item.count} aria-hidden />
                    </li>
                  );
                })}
              </ul>
            </section>
          );
        })}
    </div>
  );
}
