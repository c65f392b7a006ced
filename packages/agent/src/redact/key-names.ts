// Which members are secrets by their names, however these are spelt: apiKey, API_KEY and x-api-key are one.

/** Codes that are good for once. */
const codeNames = [
  'otp',
  'otpcode',
  'onetimecode',
  'mfacode',
  '2facode',
  'twofactorcode',
  'verificationcode',
  'recoverycode',
  'recoverycodes',
  'backupcode',
  'backupcodes',
  'authorizationcode',
  'passcode',
];
/**
 * Cookies that are a login. `session_id` itself is not one of these: in the log of an agent it says which conversation or which run it
 * was, and who follows that has nothing else. What is a login there is to be given as a key.
 */
const sessionNames = ['phpsessid', 'jsessionid', 'aspnetsessionid', 'connectsid', 'sessionkey'];

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
  ...codeNames,
  ...sessionNames,
];

/** What may stand before `token`: the places where a list goes on, and what a language model begins and ends with. */
const plainTokens = [
  'next prev previous page nextpage prevpage previouspage pagination cursor starting continuation nextcontinuation resume sync nextsync',
  'bos eos pad unk sep cls mask start end stop max min per first last',
].flatMap((words) => words.split(' '));
/** These end like secrets and are none. */
const plainNames: ReadonlySet<string> = new Set(['isjwt', 'haspassword', ...plainTokens.map((word) => `${word}token`)]);

/** A name without what spellings differ in. */
export function normalName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** Whether what has this name is a secret. `own`: further names, as `normalName` gives them. */
export function isSecretName(name: string, own: ReadonlySet<string>): boolean {
  const normal = normalName(name);
  return own.has(normal) || (!plainNames.has(normal) && secretEnds.some((end) => normal.endsWith(end)));
}

/** Whether this is none, though it ends like one. */
export function isPlainName(name: string): boolean {
  return plainNames.has(normalName(name));
}
