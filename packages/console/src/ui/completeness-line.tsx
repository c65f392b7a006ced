import type { Completeness } from '@agent-audit/log';
import type { ReactNode } from 'react';
import { count } from '../time.ts';
import { lackingWords } from './completeness-text.ts';
import { TimeOf } from './time-of.tsx';

/** How far an answer can be trusted to be all, in a line. */
export function CompletenessLine({ completeness }: { completeness: Completeness }): ReactNode {
  const { complete_to: to, logs } = completeness;
  const lacking = lackingWords(completeness);
  const all = logs.live + logs.behind + logs.stopped + logs.silent + logs.forked;
  return (
    <p className="soft">
      {to === undefined ? 'How far this is complete is not known' : <>Complete to <TimeOf text={to} form="clock" /></>}
      {' · '}
      {lacking.length > 0 ? lacking.join(' · ') : `${count(all)} ${all === 1 ? 'agent' : 'agents'}, none behind or silent`}
    </p>
  );
}
