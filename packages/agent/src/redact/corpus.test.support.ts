// Texts with secrets and texts without. The secrets are put together here, so that nobody who scans this repository is alarmed.
import { createHash } from 'node:crypto';

/** A text, and what must not be left of it. */
export interface Planted {
  readonly kind: string;
  readonly text: string;
  readonly secret: string;
}

const alnum = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The same text for the same seed, in the characters given. */
export function made(seed: string, length: number, characters: string = alnum): string {
  let text = '';
  for (let i = 0; text.length < length; i++) {
    for (const byte of createHash('sha256').update(`${seed}/${i}`).digest()) text += characters.charAt(byte % characters.length);
  }
  return text.slice(0, length);
}

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const digits = '0123456789';
const hex = 'abcdef0123456789';
const urlSafe = `${alnum}_-`;
const base64 = `${alnum}+/`;

/** A part of a token's prefix, set in so that the prefix stands nowhere in this file. */
function joint(part: string): string {
  return part;
}

/** Tokens by the shapes that their issuers publish. */
const tokens: readonly (readonly [kind: string, token: string])[] = [
  ['aws', `AK${joint('IA')}${made('a', 16, upper)}`],
  ['aws', `AS${joint('IA')}${made('b', 16, upper)}`],
  ...['p', 'o', 'u', 's', 'r'].map((letter): [string, string] => ['github', `gh${letter}_${made(letter, 36)}`]),
  ['github', `github_${joint('pat')}_${made('c', 22)}_${made('d', 59)}`],
  ['gitlab', `gl${joint('pat')}-${made('e', 20, urlSafe)}`],
  ['gitlab', `gl${joint('dt')}-${made('f', 20, urlSafe)}`],
  ['gitlab', `gl${joint('rt')}-${made('g', 20, urlSafe)}`],
  ['slack', `xox${joint('b')}-${made('h', 12, digits)}-${made('i', 12, digits)}-${made('j', 24)}`],
  ['slack', `xox${joint('p')}-${made('k', 12, digits)}-${made('l', 32, hex)}`],
  ['slack', `xa${joint('pp')}-1-${made('m', 11, upper)}-${made('n', 13, digits)}-${made('o', 64, hex)}`],
  ['stripe', `sk_${joint('live')}_${made('p', 24)}`],
  ['stripe', `rk_${joint('live')}_${made('q', 24)}`],
  ['stripe', `sk_${joint('test')}_${made('r', 99)}`],
  ['stripe', `wh${joint('sec')}_${made('s', 32)}`],
  ['npm', `npm${joint('_')}${made('t', 36)}`],
  ['google', `AI${joint('za')}${made('u', 35, urlSafe)}`],
  ['google', `ya${joint('29')}.${made('v', 120, urlSafe)}`],
  ['google', `GOC${joint('SPX')}-${made('w', 28, urlSafe)}`],
  ['openai', `sk${joint('-')}proj-${made('x', 74, urlSafe)}`],
  ['openai', `sk${joint('-')}${made('y', 48)}`],
  ['anthropic', `sk${joint('-')}ant-api03-${made('z', 95, urlSafe)}`],
  ['anthropic', `sk${joint('-')}ant-oat01-${made('ab', 95, urlSafe)}`],
  ['huggingface', `hf${joint('_')}${made('ac', 34)}`],
  ['huggingface', `api${joint('_org')}_${made('ad', 34)}`],
  ['pypi', `pypi${joint('-')}AgEIcHlwaS5vcmc${made('ae', 140, urlSafe)}`],
  ['digitalocean', `do${joint('p_v1')}_${made('af', 64, hex)}`],
  ['digitalocean', `do${joint('o_v1')}_${made('ag', 64, hex)}`],
  ['docker', `dckr${joint('_pat')}_${made('ah', 27, urlSafe)}`],
  ['docker', `dckr${joint('_oat')}_${made('ai', 32, urlSafe)}`],
  ['shopify', `shp${joint('at')}_${made('aj', 32, hex)}`],
  ['shopify', `shp${joint('ss')}_${made('ak', 32, hex)}`],
  ['sendgrid', `S${joint('G')}.${made('al', 22, urlSafe)}.${made('am', 43, urlSafe)}`],
  ['telegram', `7${made('an', 9, digits)}:A${joint('A')}${made('ao', 33, urlSafe)}`],
  ['jwt', `${jwtPart({ alg: 'HS256', typ: 'JWT' })}.${jwtPart({ sub: '1234567890', admin: true })}.${made('aa', 43, urlSafe)}`],
];

function jwtPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Where a token may stand in a text. */
const settings: readonly ((token: string) => string)[] = [
  (token) => token,
  (token) => `request refused, key ${token} is revoked`,
  (token) => `{"request":{"value":"${token}"}}`,
  (token) => `curl -H 'X-Key: ${token}' https://api.example.com/v1`,
  (token) => `first line\n${token}\nlast line`,
  (token) => `Ключ ${token}, 鍵`,
];

const pem = [
  `-----BEGIN ${joint('PRIVATE')} KEY-----`,
  made('pem1', 64, base64),
  made('pem2', 64, base64),
  `-----END ${joint('PRIVATE')} KEY-----`,
];

const word = made('word', 14);
const basic = Buffer.from(`app:${word}`).toString('base64');
const slackHook = `hooks.${joint('slack')}.com/services/T${made('sl', 8, upper)}/B${made('sm', 8, upper)}`;
const azureKey = made('az', 86, base64);
const azureSignature = made('sas', 43, base64);

/** Secrets that a name, a header or a URL gives away. */
const pairs: readonly Planted[] = [
  { kind: 'private-key', text: pem.join('\n'), secret: made('pem1', 64, base64) },
  { kind: 'private-key', text: pem.slice(0, 3).join('\n'), secret: made('pem2', 64, base64) },
  { kind: 'private-key', text: pem.join('\\n').replaceAll('PRIVATE', 'RSA PRIVATE'), secret: made('pem2', 64, base64) },
  { kind: 'url', text: `connect to postgres://app:${word}@db.internal:5432/app failed`, secret: word },
  { kind: 'url', text: `clone https://oauth2:${word}@git.example.com/team/app.git`, secret: word },
  { kind: 'url', text: `redis://:${word}@cache:6379/0`, secret: word },
  { kind: 'authorization', text: `Authorization: Bearer ${word}`, secret: word },
  { kind: 'authorization', text: `authorization: Basic ${basic}`, secret: basic },
  { kind: 'authorization', text: `{"Authorization":"${word}"}`, secret: word },
  { kind: 'authorization', text: `sent with bearer ${word}123 to the API`, secret: word },
  { kind: 'cookie', text: `Cookie: sid=${word}; theme=dark`, secret: word },
  { kind: 'cookie', text: `set-cookie: session=${word}; HttpOnly`, secret: word },
  { kind: 'slack', text: `POST https://${slackHook}/${word}abcdef`, secret: word },
  { kind: 'azure', text: `AccountName=store;Account${joint('Key')}=${azureKey}==;EndpointSuffix=core`, secret: azureKey },
  { kind: 'azure', text: `https://x.blob.example.net/c?sv=2024-01-01&${joint('sig')}=${azureSignature}%3D`, secret: azureSignature },
  { kind: 'named', text: `password=${word}`, secret: word },
  { kind: 'named', text: `DB_PASSWORD="${word} with space"`, secret: word },
  { kind: 'named', text: `mysql --user app --password ${word}`, secret: word },
  { kind: 'named', text: `deploy --api-key=${word} --yes`, secret: word },
  { kind: 'named', text: `GET /login?user=a&token=${word}&next=/`, secret: word },
  { kind: 'named', text: `AWS_SECRET_ACCESS_KEY=${made('aws', 40, base64)}`, secret: made('aws', 40, base64) },
  { kind: 'named', text: `{"user":"a","passwd":"${word}"}`, secret: word },
  { kind: 'named', text: `client_secret: ${word}9`, secret: word },
  { kind: 'named', text: `passphrase = '${word}'`, secret: word },
  { kind: 'named', text: `Server=db;User=sa;Pwd=${word};`, secret: word },
  { kind: 'named', text: `export GITHUB_TOKEN=${word}`, secret: word },
  { kind: 'telegram', text: `POST /bot7${made('bot', 9, digits)}:A${joint('A')}${word}${word}abcdef/x`, secret: word },
  { kind: 'named', text: 'signed in, otp=482913', secret: '482913' },
  { kind: 'named', text: '{"mfa_code":"482913"}', secret: '482913' },
  { kind: 'named', text: 'TOTP: 4829', secret: '4829' },
  { kind: 'named', text: 'one-time-code: 482913', secret: '482913' },
  { kind: 'named', text: 'login --otp 482913', secret: '482913' },
  { kind: 'named', text: `GET /cb?authorization_code=${word}&state=x`, secret: word },
  { kind: 'named', text: `GET /app;jsessionid=${word}?a=b`, secret: word },
  { kind: 'named', text: `PHPSESSID=${word}; path=/`, secret: word },
  { kind: 'named', text: `ASP.NET_SessionId=${word}`, secret: word },
  { kind: 'named', text: `connect.sid=s%3A${word}`, secret: word },
  { kind: 'named', text: `deploy --password "${word} with space"`, secret: word },
  { kind: 'named', text: `{"token":"${made('long', 2_000)}"}`, secret: made('long', 2_000) },
  { kind: 'named', text: `${'x'.repeat(200)}{"password":"${word}`, secret: word },
  { kind: 'named', text: JSON.stringify({ body: JSON.stringify({ password: word, user: 'ada' }) }), secret: word },
  { kind: 'named', text: JSON.stringify({ body: JSON.stringify({ password: `a"\\${word}`, user: 'ada' }) }), secret: word },
  { kind: 'named', text: JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ password: word }) }) }), secret: word },
  { kind: 'named', text: `password="${word}\nnext line`, secret: word },
  { kind: 'authorization', text: JSON.stringify({ body: JSON.stringify({ authorization: word }) }), secret: word },
  { kind: 'url', text: `{"url":"amqp://app:${word}@mq:5672/","mail":"dev@example.com"}`, secret: word },
];

/** Secrets that look like what is none: like nothing, a mask, a reference, a place in a list, a count, a folder. */
const lookAlikes: readonly (readonly [text: string, secret: string])[] = [
  ['password=null4me', 'null4me'],
  ['password=trueblue', 'trueblue'],
  ['password=***a7', '***a7'],
  ['password=${DB_PASSWORD:-hunter2}', 'hunter2'],
  ['password=${A}hunter2', 'hunter2'],
  ['password="{{ vault | default(\'hunter2\') }}"', 'hunter2'],
  ['password={{a}}hunter2', 'hunter2'],
  ['password=$ecret', 'ecret'],
  ['password=$A7K2Q', 'A7K2Q'],
  ['password=1234', '1234'],
  ['token=4711', '4711'],
  ['{"token":12345678}', '12345678'],
  ['fb_page_token=Zk3q', 'Zk3q'],
  ['backend_token=Zk3q', 'Zk3q'],
  ['next_token=password=hunter2', 'hunter2'],
  ['page_token: token="hunter2"', 'hunter2'],
  ['db_pwd=/hunter2', 'hunter2'],
  ['password=/hunter2', 'hunter2'],
  ['pwd=hunter2', 'hunter2'],
];

/** Every text with a secret. */
export const planted: readonly Planted[] = [
  ...tokens.flatMap(([kind, token]) => settings.map((set) => ({ kind, text: set(token), secret: token }))),
  ...pairs,
  ...lookAlikes.map(([text, secret]) => ({ kind: 'named', text, secret })),
];

/** Texts that have none, though some look like it. */
export const harmless: readonly string[] = [
  'Template finished on host 017',
  'https://web-23.example.com/login',
  'https://web-23.example.com:8443/login?next=/home#top',
  'http/cves/2026/CVE-2026-10042.yaml',
  '550e8400-e29b-41d4-a716-446655440000',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  'commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 by dev@example.com',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk',
  'pkg:npm/%40angular/animation@12.3.1?arch=x86_64',
  'arn:aws:iam::123456789012:role/scanner-read-only',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'The token has expired; sign in again',
  'token: expired',
  'password: required',
  'Password must be at least 12 characters',
  'Passwords do not match',
  'the secret of a good log is order',
  'secret: none found',
  'Scanned 1204 files, 3 secrets found',
  'max_tokens=4096',
  'prompt_tokens: 1812, completion_tokens: 204',
  'token_count=17',
  'tokenizer: cl100k_base',
  'rule hard-coded-secret at src/config/credentials.ts:17:9',
  'PWD=/srv/app/scans',
  'basic scan of web-01 finished',
  'bearer of bad news: upload failed',
  'Authorization failed for user app',
  'authorization was denied by policy',
  'ghp_ is how tokens of GitHub begin',
  'npm_lifecycle_event=test npm_package_name=agent-audit',
  'sk-learn 1.4.2, task-forces, risk-based',
  'AKIA is no key',
  'eyJ begins a JWT',
  'xoxo, with love from the-long-run-of-words-here',
  'AIzawa Mitsuru, 35 years, long-distance-runner-of-note',
  'node_modules/.pnpm/@babel+core@7.24.0/node_modules/@babel/core/lib/index.js',
  'user@example.com wrote 12:30: see you at 13:00',
  'ssh://git@git.example.com:22/team/app.git',
  'mailto:security@example.com?subject=report',
  '2026-11-24T14:03:22.118Z INFO job_started j-42',
  'scanner-7/3f2a9c41d07b0e553f2a9c41d07b0e55',
  'key=value; colour=blue; size=12',
  'monkey=banana donkey: 123456 turkey=1',
  '-----BEGIN CERTIFICATE-----\nMIIBkTCB+wIJAKHHIG11111111111111111111111\n-----END CERTIFICATE-----',
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ111111111111111111111111111111111 dev@host',
  '{"rule":"generic-api-key","level":"error","line":12}',
  'Content-Type: application/json; charset=utf-8',
  'sent with token=null',
  'token=undefined, retried',
  'password=none. Done',
  'GET /a?token=true&b=1',
  '{"token":null,"password":"***"}',
  'password=********',
  'PASSWORD=${DB_PASSWORD} ./deploy',
  'mysql --password $DB_PASSWORD --user app',
  'token: "${{ secrets.DEPLOY_TOKEN }}"',
  'password: "{{ .Values.db.password }}"',
  'postgres://app:${DB_PASSWORD}@db:5432/app',
  'postgres://app:***@db:5432/app',
  'curl -H "Authorization: Bearer $API_TOKEN" https://api.example.com',
  'expected another token=17',
  '"token": "17"',
  'next-token=eyJrIjoxMjM0NTY3ODkwfQ',
  'list --starting-token eyJrIjoxMjM0NTY3ODkwfQ',
  'GET /v1/items?page_token=CAESBwoFYWJjZGU&max=50',
  '{"NextContinuationToken":"1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="}',
  'eos_token=<|endoftext|> pad_token=[PAD] bos_token="<s>"',
  'eos_token: "<|im_end|2>", stop_token=198',
  'max_token=4096',
  'pwd: "/srv/app"',
  'OLDPWD=/opt/app/scans PWD=~/scans',
  '{"pwd":"C:\\\\Users\\\\ada"}',
  '{"url":"https://web:8443","mail":"dev@example.com"}',
  'hf_hub_download of sentence-transformers/all-MiniLM-L6-v2',
  'HF_HOME=/data/hf_cache_of_the_models',
  'https://pypi.org/project/pypi-attestations-of-a-long-name/',
  'pypi-AgE begins a token of PyPI',
  'dop_v1_ is how tokens of DigitalOcean begin, dckr_pat_ those of Docker',
  'shpat_is_not_followed_by_hexadecimal_digits_here',
  'SG.1 SG.Security-Group-Name.of-some-length',
  'sk-ant- is how keys of Anthropic begin',
  'at 1795183402:AAAA-11-24 in line 1234567890:AA',
  'otp: expired',
  'mfa_code: required',
  'grant_type=authorization_code&state=x',
  'laptop: 192837 desktop=1 postcode: 10115 error_code=17 status_code: 403001',
  'session_id=4f2a9c41d07b0e55',
  'sessionId: 4f2a9c41d07b0e55',
  'a'.repeat(4_000),
  '='.repeat(4_000),
  'lorem ipsum dolor sit amet '.repeat(100),
];
