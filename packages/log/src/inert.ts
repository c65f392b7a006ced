// Texts of events are somebody else's: whoever shows one shows what it is, and lets it do nothing.

/** Characters that could move the cursor, turn the line around, or hide: controls, format characters but joiners, lone surrogates. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text of an event as a terminal or a cell may be given it: on one line, and only showing, never doing. */
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

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${hex4(code)}`;
}

function hex4(code: number): string {
  return code.toString(16).padStart(4, '0');
}
