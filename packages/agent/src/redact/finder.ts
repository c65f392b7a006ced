// Goes through a text with one expression for many kinds of secrets, and puts something else in the place of each.

/** One expression over a text; for each of its kinds it has two groups: what stands before the secret, and the secret. */
export interface Finder {
  readonly expression: RegExp;
  /** In the order of the groups. */
  readonly kinds: readonly string[];
  /** Of what looks like it, what is. */
  readonly is?: (found: Found) => boolean;
}

/** What an expression found. */
export interface Found {
  readonly kind: string;
  /** The whole name that stands before the secret, where one does. */
  readonly name: string;
  /** Without the quotes around it. */
  readonly secret: string;
}

/** The longest names are shorter. */
const nameUnitsMax = 64;
const nameHead = /^[\w-]*/;
const nameTail = /[\w-]*$/;
const quotesAround = /^(?<quote>\\{0,3}["'])(?<inside>[^]*?)(?:\k<quote>)?$/;
/** `"name":` with what follows it; the quote of the name is the first group. */
const quotedName = /(\\{0,3}["'])\s*:\s*$/;

/** The text with `standIn(kind, secret)` for each secret; the quotes around it stay. The same text where there is none. */
export function replaceFound(text: string, { expression, kinds, is }: Finder, standIn: (kind: string, secret: string) => string): string {
  let left = '';
  let end = 0;
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    const index = kinds.findIndex((_, i) => match?.[2 * i + 2] !== undefined);
    const [kind, before, value] = [kinds[index], match[2 * index + 1], match[2 * index + 2]];
    if (kind === undefined || before === undefined || value === undefined) continue;
    const start = match.index + before.length;
    const { quote = '', inside = value } = quotesAround.exec(value)?.groups ?? {};
    if (is?.({ kind, name: nameOf(text, match.index, start), secret: inside }) === false) {
      // Within what is none another may begin.
      if (before !== '') expression.lastIndex = start;
      continue;
    }
    const mark = standIn(kind, inside);
    const whole = quote === '' ? inNameQuotes(before, mark) : quote + mark + value.slice(quote.length + inside.length);
    left += text.slice(end, start) + whole;
    end = start + value.length;
  }
  return end === 0 ? text : left + text.slice(end);
}

/** A number behind the quoted name of a JSON text leaves a text, so that it stays JSON. */
function inNameQuotes(before: string, mark: string): string {
  const quote = quotedName.exec(before)?.[1] ?? '';
  return quote + mark + quote;
}

/** The name whose end an expression found in text[index,end). */
function nameOf(text: string, index: number, end: number): string {
  const first = Math.max(0, index - nameUnitsMax);
  const head = nameTail.exec(text.slice(first, index))?.[0] ?? '';
  return nameHead.exec(head + text.slice(index, end))?.[0] ?? '';
}
