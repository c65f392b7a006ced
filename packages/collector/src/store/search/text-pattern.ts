// A text that is looked for anywhere in the texts of an event, as a regular expression (RE2) over the whole line. It walks the line's JSON
// strings from the first on, so that it finds the text in a value and never in a name, across no border, and however it is spelled.

/** One character of a JSON string, as it may be spelled. */
const unit = String.raw`(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])`;
const anyString = `"${unit}*"`;
const start = `^[^"]*(?:${anyString}[^"]*)*"${unit}*`;
const end = String.raw`${unit}*"[ \t\r\n]*[,}\]]`;

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\\\'],
  ['/', '/'],
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
]);

/** The pattern; it is asked of lines that are regular. */
export function textPattern(text: string): string {
  return `${start}${[...text].map(characterPattern).join('')}${end}`;
}

function characterPattern(character: string): string {
  if (character.length > 1) return `(?:${literal(character)}|${[...unitsOf(character)].map(hexEscape).join('')})`;
  const spellings = foldings(character).flatMap((unitText) => {
    const escape = shortEscapes.get(unitText);
    const raw = unitText < ' ' || unitText === '"' || unitText === '\\' ? [] : [literal(unitText)];
    return [...raw, ...(escape === undefined ? [] : [String.raw`\\${escape}`]), hexEscape(unitText)];
  });
  return `(?:${spellings.join('|')})`;
}

function unitsOf(character: string): readonly string[] {
  return [character.slice(0, 1), character.slice(1)];
}

function hexEscape(unitText: string): string {
  const hex = unitText.charCodeAt(0).toString(16).padStart(4, '0');
  return String.raw`\\u(?i:${hex})`;
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

let foldingTable: ReadonlyMap<string, readonly string[]> | undefined;

/** All UTF-16 units that a regular expression of ECMAScript with the flag i takes for this one. */
export function foldings(character: string): readonly string[] {
  foldingTable ??= makeFoldingTable();
  return foldingTable.get(canonical(character)) ?? [character];
}

function makeFoldingTable(): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>();
  for (let code = 0; code < 0x1_00_00; code++) {
    const unitText = String.fromCharCode(code);
    const folded = canonical(unitText);
    const same = table.get(folded);
    if (same === undefined) table.set(folded, [unitText]);
    else same.push(unitText);
  }
  return table;
}

/** Canonicalize of ECMAScript, without the flag u. */
function canonical(unitText: string): string {
  const upper = unitText.toUpperCase();
  if (upper.length !== 1) return unitText;
  return unitText >= '\u0080' && upper < '\u0080' ? unitText : upper;
}

/** Whether a character stands on a line only as it is, or as an escape that begins with `\u`. */
export function standsRaw(character: string): boolean {
  return character >= ' ' && !'"\\/'.includes(character);
}
