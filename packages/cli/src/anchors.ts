import { type Anchors, originMatchesKey, parseOrigin, parsePolicy, parseVerifierKey, type VerifierKey } from '@agent-audit/log';
import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import { readSmallFile } from './read-file.ts';

/** What a caller may know of a log from elsewhere. */
export const anchorOptions: readonly OptionSpec[] = [
  { name: 'key', value: 'VKEY', about: 'the log is of this key: a vkey, or a file that holds one' },
  { name: 'origin', value: 'ORIGIN', about: 'the log is of this origin, which certifies its key' },
  { name: 'policy', value: 'FILE', about: 'whose logs and which witnesses are trusted (C2SP tlog-policy)' },
];

/**
 * What --key, --origin and --policy say.
 * @throws CliError COULD_NOT_READ; LogError as the parsers do
 */
export function readAnchors(args: Arguments): Anchors {
  const key = args.text('key');
  const origin = args.text('origin');
  const policy = args.text('policy');
  if (origin !== undefined) parseOrigin(origin);
  return {
    ...(key !== undefined && { key: readKey(key) }),
    ...(origin !== undefined && { origin }),
    ...(policy !== undefined && { policy: parsePolicy(readSmallFile(policy, 'policy')) }),
  };
}

/** A vkey has two plus signs and stands for itself; anything else is the path of a file. */
function readKey(text: string): VerifierKey {
  if (/^[^+]+\+[0-9a-f]{8}\+/.test(text)) return parseVerifierKey(text);
  return readKeyFile(text);
}

/** @throws CliError COULD_NOT_READ; LogError KEY_MALFORMED */
export function readKeyFile(path: string): VerifierKey {
  return parseVerifierKey(Buffer.from(readSmallFile(path, 'vkey')).toString('utf8').trim());
}

/** Whether a key is the one that was given, or that of the origin that was given. */
export function isExpected(key: VerifierKey, { key: given, origin }: Anchors): boolean {
  if (given !== undefined) return given.name === key.name && Buffer.from(given.publicKey).equals(key.publicKey);
  return origin !== undefined && key.name === origin && originMatchesKey(origin, key.publicKey);
}
