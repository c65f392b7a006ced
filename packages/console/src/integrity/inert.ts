// Text out of a log is somebody else's: characters that hide, reorder or control what is read are shown as what they are.

/** The text with every control and bidirectional character written out: `\u202e`. */
export function inert(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
