// What can go wrong on the way to a collector and back, each with its own code and with what to do about it.
import type { WireProblem } from '@agent-audit/log';
import { CliError } from '../error.ts';
import type { Access } from './access.ts';

/** What OpenSSL and Node call a certificate that is not to be trusted. */
const distrust: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'nobody that this machine trusts has signed its certificate'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'nobody that this machine trusts has signed its certificate'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'nobody that this machine trusts has signed its certificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate was signed by an authority that this machine does not know'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is signed by itself'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet; is the clock right?'],
  ['CERT_REVOKED', 'its certificate was revoked'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
]);

const plainWords: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no host of this name'],
  ['EAI_AGAIN', 'the name cannot be looked up now'],
  ['ETIMEDOUT', 'no answer in time'],
  ['EHOSTUNREACH', 'there is no way to this host'],
  ['ENETUNREACH', 'there is no way to this network'],
  ['ECONNRESET', 'the connection was closed'],
  ['EPIPE', 'the connection was closed'],
]);

/** A collector that was not reached, or whose answer broke off; what the system says of it is the cause. */
export function unreachable(url: URL, cause: Error, what = 'cannot be reached'): CliError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const untrusted = distrust.get(code);
  if (untrusted !== undefined) {
    const next = 'give its authority by --ca FILE or NODE_EXTRA_CA_CERTS, where you have it from somebody you trust';
    return new CliError('COLLECTOR_NOT_TRUSTED', `${url.origin} is not trusted: ${untrusted} (${code}); ${next}`, { cause });
  }
  const noTls = code === 'EPROTO' || code.startsWith('ERR_SSL_');
  const why = noTls ? 'it does not speak TLS there; is it http:// instead?' : (plainWords.get(code) ?? firstLine(cause.message));
  const told = code === '' || noTls ? why : `${why} (${code})`;
  const next = 'check the address and the network, or try again';
  return new CliError('COLLECTOR_UNREACHABLE', `${url.origin} ${what}: ${told}; ${next}`, { cause });
}

/** A refusal of the collector, in words that say what to do here. */
export function refused({ code, detail, members }: WireProblem, { url, token, tokenFrom }: Access): CliError {
  switch (code) {
    case 'TOKEN_MISSING':
    case 'TOKEN_INVALID': {
      if (token === undefined) {
        const how = 'give --token-file FILE, set AGENT_AUDIT_TOKEN, or put "token" into the file of settings beside "collector"';
        return new CliError('TOKEN_MISSING', `${url} asks for a token: ${how}`);
      }
      return new CliError('TOKEN_INVALID', `${url} does not take the token from ${tokenFrom}: it is unknown there, expired or revoked`);
    }
    case 'SCOPE_MISSING':
      return new CliError(code, `the token from ${tokenFrom} may not do this at ${url}${needed(members)}: ask for another one`);
    default:
      return new CliError(code, `${url} refuses: ${detail}`);
  }
}

function needed(members: WireProblem['members']): string {
  const { needs } = members;
  return typeof needs === 'string' ? `: it lacks the scope ${JSON.stringify(needs)}` : '';
}

/** An answer that no collector gives. */
export function notCollector(url: URL, why: string): CliError {
  return new CliError('NOT_A_COLLECTOR', `${url.origin} does not answer as a collector does: ${why}; check the address and its path`);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
