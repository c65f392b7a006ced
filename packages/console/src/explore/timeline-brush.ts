import { type PointerEvent, type SVGAttributes, useState } from 'react';

/** The time that a timeline shows, and how wide it is in pixels. */
export interface Scale {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly width: number;
}

/** In pixels. */
interface Brush {
  readonly from: number;
  readonly to: number;
}

interface Brushing {
  readonly handlers: SVGAttributes<SVGSVGElement>;
  readonly brush: Brush | undefined;
  /** Where the pointer is, while nothing is drawn. */
  readonly pointedMs: number | undefined;
}

/** Pixels under which a drawn stretch is a click that slipped. */
const brushMin = 4;

/** Zooms and moves a timeline, by pointer and by keys. */
export function useBrush({ sinceMs, untilMs, width }: Scale, onZoom: (sinceMs: number, untilMs: number) => void): Brushing {
  const [brush, setBrush] = useState<Brush>();
  const [pointed, setPointed] = useState<number>();
  const span = Math.max(1, untilMs - sinceMs);
  const msOf = (x: number): number => sinceMs + (Math.min(Math.max(x, 0), width) / Math.max(1, width)) * span;
  const xOfPointer = ({ clientX, currentTarget }: PointerEvent): number => clientX - currentTarget.getBoundingClientRect().left;
  const handlers: SVGAttributes<SVGSVGElement> = {
    onKeyDown({ key }) {
      const shift = key === 'ArrowLeft' ? -0.5 : key === 'ArrowRight' ? 0.5 : 0;
      if (shift !== 0) onZoom(Math.round(sinceMs + span * shift), Math.round(untilMs + span * shift));
      else if (key === '+') onZoom(Math.round(sinceMs + span / 4), Math.round(untilMs - span / 4));
      else if (key === '-') onZoom(Math.round(sinceMs - span / 2), Math.round(untilMs + span / 2));
    },
    onPointerDown(event) {
      if (event.button !== 0) return;
      const x = xOfPointer(event);
      setBrush({ from: x, to: x });
    },
    onPointerMove(event) {
      const x = xOfPointer(event);
      setPointed(x);
      if (brush === undefined) return;
      // Only now: a mere click belongs to the mark that it hits.
      if (!event.currentTarget.hasPointerCapture(event.pointerId)) event.currentTarget.setPointerCapture(event.pointerId);
      setBrush({ ...brush, to: x });
    },
    onPointerUp() {
      if (brush !== undefined && Math.abs(brush.to - brush.from) >= brushMin)
        onZoom(Math.floor(msOf(Math.min(brush.from, brush.to))), Math.ceil(msOf(Math.max(brush.from, brush.to))));
      setBrush(undefined);
    },
    onPointerCancel: () => setBrush(undefined),
    onPointerLeave: () => setPointed(undefined),
  };
  return { handlers, brush, pointedMs: pointed === undefined || brush !== undefined ? undefined : msOf(pointed) };
}
