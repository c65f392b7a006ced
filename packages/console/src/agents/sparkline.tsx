import type { ReactNode } from 'react';
import { count } from '../time.ts';
import './agents.css';

interface SparklineProps {
  /** A number a bar, the oldest first; undefined while they are on their way. */
  readonly counts: readonly number[] | undefined;
  /** What the time of all bars is called: `in the last 24 hours`. */
  readonly when: string;
  readonly size: 'row' | 'page';
}

/** What a bar takes, with the space behind it. */
const step = 3;
/** Whoever logged anything at all is seen. */
const leastTall = 2;

/** How much a log recorded over time: bars to their own highest, with their sum for who does not see them. */
export function Sparkline({ counts, when, size }: SparklineProps): ReactNode {
  const height = size === 'row' ? 20 : 56;
  const className = `sparkline sparkline-${size}`;
  if (counts === undefined) return <svg className={className} height={height} aria-hidden />;
  const most = Math.max(1, ...counts);
  const label = rateText(counts, when);
  const width = Math.max(1, counts.length) * step;
  return (
    <svg className={className} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <rect className="none" x={0} y={height - 1} width={width} height={1} />
      <path d={counts.map((some, index) => barAt(index, some === 0 ? 0 : Math.max(leastTall, (some / most) * height), height)).join('')} />
    </svg>
  );
}

/** One shape for all bars: a page has a hundred rows of them. */
function barAt(index: number, tall: number, height: number): string {
  return tall === 0 ? '' : `M${index * step} ${height}v-${tall.toFixed(1)}h${step - 1}v${tall.toFixed(1)}z`;
}

/** How many events there were, in words. */
export function rateText(counts: readonly number[], when: string): string {
  const all = sumOf(counts);
  return `${all === 0 ? 'no' : count(all)} ${all === 1 ? 'event' : 'events'} ${when}`;
}

/** All of them together. */
export function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, some) => sum + some, 0);
}
