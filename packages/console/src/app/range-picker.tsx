import { ChevronDown, Clock } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { nowMs } from '../clock.ts';
import { dayTime, minuteTime } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { Popover } from '../ui/popover.tsx';
import { useMedia } from '../ui/use-media.ts';
import { boundsOf, rangePresets, sinceByDefault, type TimeRange } from './range.ts';
import { useRange, useSetRange } from './use-range.ts';

/** The time that all pages look at: one of the usual ranges, or any. */
export function RangePicker(): ReactNode {
  const range = useRange();
  const setRange = useSetRange();
  const isNarrow = useMedia('(max-width: 1440px)');
  const button = (
    <>
      <Clock size={14} aria-hidden />
      <span className="range-label">{labelOf(range, isNarrow)}</span>
      <ChevronDown size={14} aria-hidden />
    </>
  );
  return (
    <Popover button={button} title="Time range">
      {(close) => {
        const choose = (chosen: TimeRange): void => {
          setRange(chosen);
          close();
        };
        return (
          <div className="range">
            <div className="range-presets">
              {rangePresets.map(({ since, label }) => (
                <Button
                  key={since}
                  look="quiet"
                  aria-pressed={range.until === undefined && (range.since ?? sinceByDefault) === since}
                  onClick={() => choose({ since })}
                >
                  {label}
                </Button>
              ))}
            </div>
            <Absolute range={range} choose={choose} />
          </div>
        );
      }}
    </Popover>
  );
}

function Absolute({ range, choose }: { range: TimeRange; choose: (range: TimeRange) => void }): ReactNode {
  const bounds = boundsOf(range);
  const [since, setSince] = useState(fieldText(bounds.sinceMs ?? nowMs() - 86_400_000));
  const [until, setUntil] = useState(fieldText(bounds.untilMs ?? nowMs()));
  const isReversed = Date.parse(since) >= Date.parse(until);
  return (
    <form
      className="range-own"
      onSubmit={(event) => {
        event.preventDefault();
        choose({ since: new Date(since).toISOString(), until: new Date(until).toISOString() });
      }}
    >
      <label className="field">
        From
        <input className="input" type="datetime-local" step={1} required value={since} onChange={({ target }) => setSince(target.value)} />
      </label>
      <label className="field">
        To
        <input className="input" type="datetime-local" step={1} required value={until} onChange={({ target }) => setUntil(target.value)} />
      </label>
      {isReversed && <p className="field-error">The end lies before the beginning.</p>}
      <Button look="main" type="submit" disabled={isReversed || since === '' || until === ''}>
        Look at this time
      </Button>
      <p className="faint">In your time zone, {Intl.DateTimeFormat().resolvedOptions().timeZone}.</p>
    </form>
  );
}

/** A time as the browser's own field wants it: local, without a zone. */
function fieldText(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

function labelOf(range: TimeRange, isShort: boolean): string {
  const preset = rangePresets.find(({ since }) => since === (range.since ?? sinceByDefault));
  if (preset !== undefined && range.until === undefined) return isShort ? preset.short : preset.label;
  const { sinceMs, untilMs } = boundsOf(range);
  const now = nowMs();
  const told = (ms: number): string => `${dayTime(ms, now)}, ${minuteTime(ms)}`;
  return `${sinceMs === undefined ? 'beginning' : told(sinceMs)} – ${untilMs === undefined ? 'now' : told(untilMs)}`;
}
