// What secrets look like. Every expression takes time in proportion to the text: its prefix is a literal that begins where no token
// goes on, its repetitions are of one class, and none stands beside another that takes the same characters.

/** A kind of secret, by its shape. */
export interface SecretKind {
  /** Named in the mark that takes the secret's place. */
  readonly kind: string;
  /** What stands before the secret itself, and is kept. */
  readonly before: string;
  /** The secret. */
  readonly secret: string;
}

const noToken = '(?<![A-Za-z0-9])';

/** Where a text ends that was cut: shorter ones are whole. */
export const cutEnd = '$(?<=[^]{99})';

/** So many characters of a class, or fewer where the text ends: a text that was cut must not show the head of a secret. */
function run(characters: string, min: number, max: number): string {
  return `(?:[${characters}]{${min},${max}}|[${characters}]{4,${min}}${cutEnd})`;
}

function token(kind: string, prefix: string, characters: string, min: number, max: number): SecretKind {
  return { kind, before: noToken, secret: prefix + run(characters, min, max) };
}

const alnum = 'A-Za-z0-9';
const urlSafe = 'A-Za-z0-9_-';
const base64 = 'A-Za-z0-9+/=';

/** Tokens that their issuers gave a shape of their own. All have sixteen characters or more of `A-Za-z0-9_-` in a row. */
export const tokenKinds: readonly SecretKind[] = [
  // An end that is missing was cut: then all of the rest is key.
  {
    kind: 'private-key',
    before: '',
    secret: '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]*-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[^]*)',
  },
  // Header and claims are JSON objects, hence eyJ twice; an encrypted token has five parts. Once the shape is there, all that follows goes.
  { kind: 'jwt', before: '(?<![A-Za-z0-9_-])', secret: 'eyJ[A-Za-z0-9_-]{13,}(?:\\.[A-Za-z0-9_-]*){1,4}' },
  token('aws', '(?:AKIA|ASIA)', 'A-Z0-9', 16, 16),
  {
    kind: 'authorization',
    before: `${noToken}(?:[Bb]earer|BEARER|[Bb]asic|BASIC)\\s{1,3}`,
    secret: '(?=[A-Za-z0-9._~+/-]{0,2048}[0-9=])[A-Za-z0-9._~+/-]{16,2048}={0,2}',
  },
  token('github', '(?:gh[pousr]_|github_pat_)', 'A-Za-z0-9_', 36, 255),
  token('gitlab', '(?:glpat|gldt|glrt|glcbt|glptt|glft|glsoat)-', 'A-Za-z0-9_.-', 20, 255),
  token('slack', 'xox[abeoprs]-', 'A-Za-z0-9-', 10, 255),
  token('slack', 'xapp-', 'A-Za-z0-9-', 10, 255),
  { kind: 'slack', before: 'hooks\\.slack\\.com/', secret: `(?:services|workflows|triggers)/${run('A-Za-z0-9_/', 20, 255)}` },
  token('stripe', '(?:[sr]k_(?:live|test)_|whsec_)', base64, 16, 255),
  token('npm', 'npm_', alnum, 36, 36),
  token('google', 'AIza', urlSafe, 35, 35),
  token('google', '(?:ya29\\.|GOCSPX-)', urlSafe, 20, 1_024),
  token('anthropic', 'sk-ant-', urlSafe, 32, 512),
  token('openai', 'sk-(?:proj-|svcacct-|admin-)?', urlSafe, 32, 512),
  token('huggingface', '(?:hf_|api_org_)', alnum, 30, 64),
  // The rest is a macaroon, whose first field is its version.
  token('pypi', 'pypi-AgE', urlSafe, 50, 1_024),
  token('digitalocean', 'do[opr]_v1_', 'a-f0-9', 64, 64),
  token('docker', 'dckr_(?:pat|oat)_', urlSafe, 27, 128),
  token('shopify', 'shp(?:at|ca|pa|ss|ua)_', 'A-Fa-f0-9', 32, 64),
  {
    kind: 'sendgrid',
    before: noToken,
    secret: `SG\\.(?:[${urlSafe}]{22}\\.${run(urlSafe, 43, 43)}|[${urlSafe}]{4,22}(?:\\.[${urlSafe}]{0,3})?${cutEnd})`,
  },
  // The number of the bot, and its token; in the address of a call `bot` stands right before.
  { kind: 'telegram', before: '(?<![0-9])[0-9]{8,10}:', secret: `AA${run(urlSafe, 32, 64)}` },
  { kind: 'azure', before: 'AccountKey=|SharedAccessKey=', secret: run(base64, 40, 90) },
  { kind: 'azure', before: '[?&]sig=', secret: run('A-Za-z0-9%+/=', 40, 120) },
];
