// Pairs of a name and its secret, header lines and credentials in URLs. These are matched without regard to case. As with tokens, every
// expression takes time in proportion to the text.
import { cutEnd, type SecretKind } from './secret-kinds.ts';

/** Codes that are good for once: digits, mostly. */
const codes = 'otp|(?:t?otp|one[_-]?time|mfa|2fa|two[_-]?factor|verification|recovery|backup|authorization|pass)[_-]?code';
/** What is a secret by the name that ends so. The name is kept. */
const names = [
  'pass(?:word|wd|phrase)',
  'pwd',
  '(?:api|access|account|secret|private|signing|encryption|shared)[_-]?key',
  'secret',
  'token',
  'credentials?',
  'phpsessid',
  'jsessionid',
  'asp\\.net_sessionid',
  'connect\\.sid',
  'session[_-]?key',
  codes,
].join('|');
const schemes = '(?:basic|bearer|digest|negotiate|token|apikey|aws4-hmac-sha256)';
/** A quote, also in a JSON text that stands inside of another. */
const quote = '(?:\\\\{0,3}["\'])';
const equals = `${quote}?\\s{0,3}=\\s{0,3}`;
const colon = `${quote}?\\s{0,3}:(?!/)\\s{0,3}`;
/** A header line, or a member of a JSON text: there what has no quotes is no text. */
const header = `(?:\\s{0,3}[=:](?!/)\\s{0,3}${quote}?|${quote}\\s{0,3}[=:]\\s{0,3}b?${quote})`;
const marked = '\\[REDACTED';
/** In quotes, also in those of a JSON text inside of another: there a quote within has two backslashes more. What does not end was cut. */
const lineEnd = '(?=\\n)|\\\\{0,3}$';
const quoted = [
  `"(?:[^"\\\\\\n]|\\\\[^]){1,8192}(?:"|${lineEnd})`,
  `'(?:[^'\\\\\\n]|\\\\[^]){1,8192}(?:'|${cutEnd})`,
  `\\\\"(?:[^"\\\\\\n]|\\\\{2}(?:\\\\["\\\\])?|\\\\[^"\\\\\\n]){1,8192}(?:\\\\"|${lineEnd})`,
  `\\\\{3}"[^"\\n]{1,8192}(?:"|${lineEnd})`,
].join('|');
/** Whole, with all that follows: a reference may be no more than the head of a value. */
const reference = '\\$?\\{\\{[^{}\\n]{0,128}\\}\\}|\\$\\{[^{}\\s]{0,128}\\}';

/** A value without quotes, of so many characters or more. */
function bare(min: number): string {
  return `(?:${reference}|[^\\s"'&;,<>|(){}\\[\\]]){${min},1024}`;
}

function named(before: string, secret: string): SecretKind {
  return { kind: 'named', before, secret };
}

/** Every kind. What is found under a name need not be a secret: that takes a look at the whole name, and at the value. */
export const pairKinds: readonly SecretKind[] = [
  // A quote before a comma or a brace is the end of a text in JSON.
  { kind: 'url', before: ':\\/\\/[^\\s/?#:@"]{0,256}:', secret: '(?:[^\\s/?#@"]|"(?![,:}\\]])){1,1024}(?=@)' },
  {
    kind: 'authorization',
    before: `authorization${header}(?:${schemes}\\s{1,3})?`,
    secret: `(?!${schemes}\\s|${marked})[^\\s"'\\\\][^"'\\\\\\r\\n]{0,2048}`,
  },
  {
    kind: 'cookie',
    before: `(?<![a-z0-9])(?:set-)?cookie${header}`,
    secret: `(?!${marked})[^\\s"'\\\\][^"'\\\\\\r\\n]{0,4096}`,
  },
  named(`(?:${names})(?:${equals}|${colon})`, `(?!${quote}${marked})(?:${quoted})`),
  named(`(?:${names})\\s{0,3}=\\s{0,3}`, bare(1)),
  named(`--[a-z0-9-]{0,32}(?:${names})\\s{1,3}`, `(?!-|${quote}${marked})(?:${quoted}|${bare(1)})`),
  named(`(?:${codes})${colon}`, '[0-9]{4,5}(?![\\w-])'),
  // In prose a word may follow ("token: expired"): a secret is longer, and has more than letters.
  named(`(?:${names})${colon}`, `(?=[^\\s"'&;,<>|]{0,256}[0-9!@#$%^*~])${bare(6)}`),
];
