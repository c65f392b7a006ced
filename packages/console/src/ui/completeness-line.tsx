import type { Completeness } from '@agent-audit/log';
import type { ReactNode } from 'react';
import { TimeOf } from './time-of.tsx';

/** How far an answer can be trusted to be all, in a line. */
export function CompletenessLine({ completeness }: { completeness: Completeness }): ReactNode {
  const { complete_to, logs, gaps_total } = completeness;
  const all = logs.live + logs.behind + logs.stopped + logs.silent + logs.forked;
  const counts: readonly (readonly [number, string])[] = [
    [logs.behind, 'behind'],
    [logs.silent, 'silent'],
    [logs.forked, 'forked'],
  ];
  const lacking = counts.filter(([some]) => some > 0).map(([some, what]) => `${some} ${what}`);
  const gaps = gaps_total === 0 ? [] : [`${gaps_total} ${gaps_total === 1 ? 'gap' : 'gaps'}`];
  return (
    <p className="soft">
      {complete_to === undefined ? 'How far this is complete is not known' : <>Complete to <TimeOf text={complete_to} form="clock" /></>}
      {' · '}
      {all} {all === 1 ? 'log' : 'logs'}, {[...lacking, ...gaps].join(', ') || 'none behind'}
    </p>
  );
}
