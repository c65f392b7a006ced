import type { ReactNode } from 'react';
import './controls.css';

/** How good or bad something is, for its colour. The words say it too. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad';

/** A word or two that say how something is. */
export function Badge({ tone = 'plain', title, children }: { tone?: Tone; title?: string; children: ReactNode }): ReactNode {
  return (
    <span className={tone === 'plain' ? 'badge' : `badge badge-${tone}`} title={title}>
      {children}
    </span>
  );
}
