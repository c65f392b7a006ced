/** The short texts that stand for what JSON cannot carry. All are bounded, and none of these functions throws. */

/** How much of a name, a description or a message is shown, in UTF-16 units. */
const shownUnitsMax = 200;
/** From here on a bigint's digits are not worth their time: the conversion is quadratic. */
const bigintMax = 2n ** 1024n;

/** A bigint's decimal digits. */
export function bigintText(value: bigint): string {
  return value < bigintMax && value > -bigintMax ? String(value) : '[BigInt]';
}

/** `[Symbol: description]`. */
export function symbolText(value: symbol): string {
  return `[Symbol: ${wholeWords(value.description ?? '')}]`;
}

/** `[Function: name]`. */
export function functionText(value: object): string {
  return `[Function: ${shownText(read(value, 'name'))}]`;
}

/** What stands in the place of a value whose own code threw: `[Throws: message]`. */
export function throwsText(thrown: unknown): string {
  let said = thrown;
  try {
    const message = isKeyed(thrown) ? thrown['message'] : undefined;
    if (message !== undefined) said = message;
  } catch {
    // The error's own getter throws: that it is an object is all that can be said.
  }
  return `[Throws: ${shownText(said)}]`;
}

/** A member of any value: undefined where it has none, and what `throwsText` says where reading it throws. */
export function read(value: unknown, key: string): unknown {
  if (!isKeyed(value)) return undefined;
  try {
    return value[key];
  } catch (thrown) {
    return throwsText(thrown);
  }
}

function shownText(value: unknown): string {
  if (isKeyed(value)) return 'an object';
  return typeof value === 'bigint' ? bigintText(value) : wholeWords(String(value));
}

/** As many whole words as are shown: a word that was cut could be the head of a secret, which nobody would know again. */
function wholeWords(text: string): string {
  if (text.length <= shownUnitsMax) return text;
  const shown = text.slice(0, shownUnitsMax);
  return `${shown.slice(0, shown.search(/\S*$/))}…`;
}

/** What has members. */
export type Keyed = Readonly<Record<string, unknown>>;

/** Whether a value has members: an object or a function. Whether a member can be read is another question. */
export function isKeyed(value: unknown): value is Keyed {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
