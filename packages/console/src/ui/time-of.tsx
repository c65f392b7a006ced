import type { ReactNode } from 'react';
import { clockTime, localTime, utcTime } from '../time.ts';

/** A time in the reader's zone; UTC stands in its title. `text` is RFC 3339. */
export function TimeOf({ text, form = 'whole' }: { text: string; form?: 'whole' | 'clock' }): ReactNode {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return <span>{text}</span>;
  return (
    <time dateTime={text} title={utcTime(ms)}>
      {form === 'clock' ? clockTime(ms) : localTime(ms)}
    </time>
  );
}
