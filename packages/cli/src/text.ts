import { inertJson } from '@agent-audit/log';

export { inert, inertJson } from '@agent-audit/log';

/** A value as a line of JSON; on a terminal nothing of it acts. */
export function jsonLine(value: unknown, output: { readonly isTerminal: boolean }): string {
  const line = JSON.stringify(value);
  return `${output.isTerminal ? inertJson(line) : line}\n`;
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
