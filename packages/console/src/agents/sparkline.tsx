import type { ReactNode } from 'react';
import { count } from '../time.ts';
import { useRate } from './agents.ts';
import './agents.css';

const width = 120;
const height = 24;

/** How much an agent recorded over the chosen time: bars, with their sum for who does not see them. */
export function Sparkline({ agent }: { agent: string }): ReactNode {
  const { data: bars } = useRate(agent);
  if (bars === undefined) return <svg width={width} height={height} aria-hidden />;
  const most = Math.max(1, ...bars);
  const step = width / bars.length;
  const all = bars.reduce((sum, some) => sum + some, 0);
  return (
    <svg className="sparkline" width={width} height={height} role="img" aria-label={`${count(all)} events`}>
      <title>{`${count(all)} events`}</title>
      {bars.map((some, index) => {
        const tall = some === 0 ? 1 : Math.max(2, (some / most) * height);
        return <rect key={index} x={index * step} y={height - tall} width={step - 1} height={tall} className={some === 0 ? 'none' : ''} />;
      })}
    </svg>
  );
}
