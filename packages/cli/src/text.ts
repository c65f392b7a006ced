/** Characters that could move the cursor, turn the line around, or hide: controls, format characters but joiners, lone surrogates. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text of an event as a terminal may be given it: on one line, and only showing, never doing. */
export function inert(text: string): string {
  return text.replace(unsafe, (character) => shortEscapes[character] ?? escapeOf(character));
}

/** A line of JSON as a terminal may be given it: still the same JSON. */
export function inertJson(line: string): string {
  return line.replace(unsafe, (character) =>
    character
      .split('')
      .map((unit) => `\\u${hex4(unit.charCodeAt(0))}`)
      .join(''),
  );
}

/** A value as a line of JSON; on a terminal nothing of it acts. */
export function jsonLine(value: unknown, output: { readonly isTerminal: boolean }): string {
  const line = JSON.stringify(value);
  return `${output.isTerminal ? inertJson(line) : line}\n`;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${hex4(code)}`;
}

function hex4(code: number): string {
  return code.toString(16).padStart(4, '0');
}

const printableAscii = /^[ -~]*$/;
/** Combining marks, joiners, variation selectors. */
const zeroWidth = /\p{Mn}|\p{Me}|\u200c|\u200d/u;
const twoWide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u;

/** How many columns a text takes on a terminal. It must be inert, and without colours. */
export function widthOf(text: string): number {
  if (printableAscii.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += zeroWidth.test(character) ? 0 : twoWide.test(character) ? 2 : 1;
  return width;
}

/** The text with blanks up to a width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The text, or so much of it as fits, with an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Lines of at most so many columns, broken at blanks; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
