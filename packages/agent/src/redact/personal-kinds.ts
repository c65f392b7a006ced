// Personal data that has a shape. Off unless asked for: an address is often just what a responder looks for.
import { isIP } from 'node:net';

/** A kind of personal data: what looks like it, and whether it is. */
export interface PersonalKind {
  readonly kind: PersonalValue;
  readonly candidate: string;
  readonly is: (text: string) => boolean;
}

/** What `values` may ask for. */
export type PersonalValue = 'email' | 'ip' | 'card';

/** Every kind by its name. */
export const personalKinds: readonly PersonalKind[] = [
  {
    kind: 'email',
    candidate: '(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){1,8}',
    is: () => true,
  },
  {
    kind: 'ip',
    candidate: '(?<![A-Za-z0-9:.])[0-9A-Fa-f:]{0,39}[0-9A-Fa-f:.]{3,15}(?![A-Za-z0-9:])',
    is: (text) => isIP(text.replace(/\.$/, '')) !== 0,
  },
  { kind: 'card', candidate: '(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])', is: hasLuhnDigit },
];

/** ISO/IEC 7812-1: the last digit of a card's number is a check of the others. */
function hasLuhnDigit(text: string): boolean {
  const digits = [...text].filter((character) => character >= '0' && character <= '9').map(Number);
  const sum = digits.toReversed().reduce((total, digit, i) => total + (i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2), 0);
  return sum % 10 === 0 && sum > 0;
}
