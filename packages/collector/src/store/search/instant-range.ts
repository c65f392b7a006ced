// Instants as nanoseconds, the unit of the column `time`.
import type { Comparison, Instant } from '@agent-audit/search';

/** What the column of a regular line can hold: from 1970 on, to the last nanosecond of its 64 bits. */
const nanosMax = 2n ** 63n - 1n;

/** A comparison of `time` with whole nanoseconds; `never` and `always` where no regular line can say otherwise. */
export type TimeTest = 'never' | 'always' | { readonly operator: '=' | '<' | '<=' | '>' | '>='; readonly nanos: bigint };

/** What a comparison with an instant, which has any number of digits, asks of the column. */
export function timeTest(op: Exclude<Comparison, 'starts'>, { seconds, fraction }: Instant): TimeTest {
  const nanos = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  const isBetween = fraction.length > 9;
  if (nanos < 0n) return op === 'gt' || op === 'ge' ? 'always' : 'never';
  if (nanos >= nanosMax) return op === 'lt' || op === 'le' ? 'always' : 'never';
  switch (op) {
    case 'is':
      return isBetween ? 'never' : { operator: '=', nanos };
    case 'lt':
      return { operator: isBetween ? '<=' : '<', nanos };
    case 'le':
      return { operator: '<=', nanos };
    case 'gt':
      return { operator: '>', nanos };
    case 'ge':
      return { operator: isBetween ? '>' : '>=', nanos };
  }
}

/** `nanos` as a value of the column. */
export function timeOfNanos(place: string): string {
  return `fromUnixTimestamp64Nano(${place}, 'UTC')`;
}
