/** Numbers of a line, written straight into a page. */
import type { Page } from './page.ts';

/** Up to here digits are had by dividing small integers. */
const smallMax = 0x7fffffff;
const DIGIT_0 = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Writes a whole number from 0 to 2^53-1 in decimal. */
export function writeCount(page: Page, start: number, count: number): number {
  return count <= smallMax ? writeDigits(page.bytes, start, count, digitsOf(count)) : writeShortest(page, start, count);
}

/** Writes a finite number as JSON does. */
export function writeNumber(page: Page, start: number, value: number): number {
  if ((value | 0) === value && value >= 0) return writeDigits(page.bytes, start, value, digitsOf(value));
  if (value >= 0) return writeFraction(page, start, value);
  page.bytes[start] = MINUS;
  return (value | 0) === value ? writeCount(page, start + 1, -value) : writeFraction(page, start + 1, -value);
}

/** Times and shares mostly have at most three decimals; such a number needs no search for its shortest form. */
function writeFraction(page: Page, start: number, value: number): number {
  const thousandths = (value * 1_000) | 0;
  // The quotient is the double nearest to that decimal, so where it is the value itself, the decimal reads back as the value.
  if (thousandths <= 0 || thousandths / 1_000 !== value) return writeShortest(page, start, value);
  const whole = (thousandths / 1_000) | 0;
  const rest = thousandths - whole * 1_000;
  const bytes = page.bytes;
  const point = writeDigits(bytes, start, whole, digitsOf(whole));
  bytes[point] = POINT;
  if (rest % 100 === 0) return writeDigits(bytes, point + 1, (rest / 100) | 0, 1);
  return rest % 10 === 0 ? writeDigits(bytes, point + 1, (rest / 10) | 0, 2) : writeDigits(bytes, point + 1, rest, 3);
}

function writeDigits(bytes: Buffer, start: number, value: number, digits: number): number {
  let rest = value;
  for (let at = start + digits - 1; at >= start; at--) {
    const tens = (rest / 10) | 0;
    bytes[at] = DIGIT_0 + rest - tens * 10;
    rest = tens;
  }
  return start + digits;
}

function digitsOf(count: number): number {
  if (count < 1_000) return count < 10 ? 1 : count < 100 ? 2 : 3;
  if (count < 1_000_000) return count < 10_000 ? 4 : count < 100_000 ? 5 : 6;
  return count < 10_000_000 ? 7 : count < 100_000_000 ? 8 : count < 1_000_000_000 ? 9 : 10;
}

function writeShortest(page: Page, start: number, value: number): number {
  return start + page.bytes.write(String(value), start, 'latin1');
}
