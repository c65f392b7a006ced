// A source file as tidy's rules see it: its text, the same text without comments, and the same without strings either; and its imports.
//
// This is a scanner, not a parser: it knows comments, strings, templates and regular expressions, which is what it takes to tell code from
// prose. Blanked characters become spaces, so that every offset and line number stays true.

const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const quoted = /'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y;
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//y;
/** A template's text from its opening backtick, or from the brace that closes a hole, up to its end or its next hole. */
const templateText = /[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y;
/** Code after which a slash opens a regular expression instead of dividing. */
const beforeExpression = /(?:^|[({[,;=:!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield))\s*$/;

const importPattern =
  /\b(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"\n]+)\1|\bimport\s*(['"])([^'"\n]+)\3|\b(?:import|require)\s*\(\s*(['"])([^'"\n]+)\5/g;

function* tokens(text) {
  /** For each template that is open, outermost first: the braces open in its current hole. */
  const holes = [];
  let before = '';
  let at = 0;
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const template = () => {
    const piece = match(templateText);
    if (piece.endsWith('${')) holes.push(0);
    return { kind: 'string', piece };
  };
  const code = (character) => {
    if (character === '{' && holes.length > 0) holes.push(holes.pop() + 1);
    if (character === '}' && holes.length > 0) {
      const open = holes.pop();
      if (open === 0) return template();
      holes.push(open - 1);
    }
    return { kind: 'code', piece: character };
  };
  const next = () => {
    const skipped = match(comment);
    if (skipped !== undefined) return { kind: 'comment', piece: skipped };
    const literal = match(quoted) ?? (beforeExpression.test(before) ? match(regularExpression) : undefined);
    if (literal !== undefined) return { kind: 'string', piece: literal };
    return text[at] === '`' ? template() : code(text[at]);
  };
  while (at < text.length) {
    const token = next();
    if (token.kind !== 'comment') before = (before + (token.kind === 'code' ? token.piece : '_')).slice(-16);
    at += token.piece.length;
    yield token;
  }
}

const blank = (text) => text.replaceAll(/[^\n]/g, ' ');

/** Blanks what is not code: `code` keeps strings, `bare` keeps neither comments nor strings. */
function maskSource(text) {
  let code = '';
  let bare = '';
  for (const { kind, piece } of tokens(text)) {
    code += kind === 'comment' ? blank(piece) : piece;
    bare += kind === 'code' ? piece : blank(piece);
  }
  return { code, bare };
}

/** The line, from 1, of a character. */
export const lineOf = (text, offset) => text.slice(0, offset).split('\n').length;

/** Every module that a source names, static, dynamic or required: `{ specifier, line }`. */
function importsOf({ code, bare }) {
  return [...code.matchAll(importPattern)]
    .filter((match) => bare[match.index] !== ' ') // one inside of a string is prose
    .map((match) => ({ specifier: match[2] ?? match[4] ?? match[6], line: lineOf(code, match.index + match[0].length) }));
}

const isCode = (path) => /\.(?:tsx?|mts|mjs|js)$/.test(path);

/** A file as the rules take it; what is not code has text and lines only. */
export function readSource(path, text) {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const masked = isCode(path) ? maskSource(text) : { code: '', bare: '' };
  return { path, text, lines, ...masked, imports: importsOf(masked) };
}
