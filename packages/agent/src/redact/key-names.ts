// Which members are secrets by their names, however these are spelt: apiKey, API_KEY and x-api-key are one.

/** A name that ends with one of these is a secret's: client_secret, githubToken, aws_secret_access_key. */
const secretEnds = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'secrets',
  'token',
  'apikey',
  'accesskey',
  'accountkey',
  'secretkey',
  'privatekey',
  'signingkey',
  'encryptionkey',
  'masterkey',
  'sharedkey',
  'sshkey',
  'authorization',
  'cookie',
  'cookies',
  'credential',
  'credentials',
  'connectionstring',
  'jwt',
];

/** These end so and are none: where a list goes on, and what a lexer makes. */
const plainNames: ReadonlySet<string> = new Set([
  'nexttoken',
  'pagetoken',
  'nextpagetoken',
  'continuationtoken',
  'synctoken',
  'stoptoken',
  'endtoken',
  'starttoken',
  'isjwt',
  'haspassword',
]);

/** A name without what spellings differ in. */
export function normalName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** Whether what has this name is a secret. `own`: further names, as `normalName` gives them. */
export function isSecretName(name: string, own: ReadonlySet<string>): boolean {
  const normal = normalName(name);
  return own.has(normal) || (!plainNames.has(normal) && secretEnds.some((end) => normal.endsWith(end)));
}
