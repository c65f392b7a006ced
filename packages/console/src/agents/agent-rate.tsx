import type { ReadAgent } from '@agent-audit/log';
import type { ReactNode } from 'react';
import { count, duration } from '../time.ts';
import { TimeOf } from '../ui/time-of.tsx';
import './agents.css';
import { useRates } from './agents.ts';
import { useRangeWords } from './range-words.ts';
import { rateText, Sparkline } from './sparkline.tsx';

/** How much a log recorded over the time that all pages look at. */
export function Rate({ agent: { log } }: { agent: Pick<ReadAgent, 'log'> }): ReactNode {
  const { data, isPending, error } = useRates([log], 'page');
  const when = useRangeWords();
  const counts = data?.rates[0]?.counts;
  const most = counts === undefined ? 0 : Math.max(0, ...counts);
  return (
    <section className="alarms-section" aria-labelledby="rate" aria-busy={isPending}>
      <h2 id="rate">What it recorded</h2>
      <div className="card agent-rate">
        {error !== null && <span className="field-error">This could not be read: {error.message}</span>}
        <p>
          <span>{counts === undefined ? ' ' : rateText(counts, when)}</span>
          {data !== undefined && most > 0 && (
            <span className="faint">
              highest bar: {count(most)} in {duration(data.width_ms)}
            </span>
          )}
        </p>
        <Sparkline counts={counts} when={when} size="page" />
        {data !== undefined && (
          <p className="faint">
            <TimeOf text={data.since} />
            <TimeOf text={data.until} />
          </p>
        )}
      </div>
    </section>
  );
}
