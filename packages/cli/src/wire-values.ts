// Members of a line, which may be anything.
import type { WireEvent } from '@agent-audit/search';

/** Whether a value has members by names: an object, and no list. */
export function isObject(value: unknown): value is WireEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text; '' for what is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
