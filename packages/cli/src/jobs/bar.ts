import type { Mark, Row, Stretch } from './timeline.ts';

/** Which times stand in which columns. */
export interface Scale {
  readonly startMs: number;
  readonly endMs: number;
  readonly columns: number;
}

/** Of several marks in one column the one that says most is drawn. */
const rank: Readonly<Record<Mark['sign'], number>> = { '·': 0, '✔': 1, '!': 2, '✘': 3 };

/** The bar of a row: its stretches filled, its marks in them. What has no end goes on to the edge; nobody saw how it ended: `?`. */
export function drawBar({ kind, stretches, marks, state, durationMs }: Row, scale: Scale): string {
  const cells = Array.from({ length: scale.columns }, () => ' ');
  const fill = kind === 'throttle' ? '░' : marks.length > 0 ? '▇' : '█';
  for (const stretch of stretches) {
    const to = columnOf(endOf(stretch, durationMs, scale), scale);
    for (let column = columnOf(stretch.startMs, scale); column <= to; column++) cells[column] = fill;
  }
  const signs: Mark[] = marks.toSorted((a, b) => rank[a.sign] - rank[b.sign]);
  for (const { timeMs, sign } of signs) cells[columnOf(timeMs, scale)] = sign;
  const [last] = stretches;
  if (kind === 'span' && last !== undefined && state !== 'completed' && state !== 'running')
    cells[columnOf(endOf(last, durationMs, scale), scale)] = state === 'unknown' ? '?' : '✘';
  return cells.join('').trimEnd();
}

function endOf({ startMs, endMs }: Stretch, durationMs: number | undefined, scale: Scale): number {
  return endMs ?? (durationMs === undefined ? scale.endMs : startMs + durationMs);
}

/** Times outside of the scale, or none, stand at its edges. */
function columnOf(timeMs: number, { startMs, endMs, columns }: Scale): number {
  const share = (timeMs - startMs) / Math.max(1, endMs - startMs);
  return Number.isNaN(share) ? 0 : Math.min(columns - 1, Math.max(0, Math.floor(share * columns)));
}
