import { inert, type ReadToken, type TokenMade, type TokenScope } from '@agent-audit/log';
import { ClipboardCopy, KeyRound, Plus } from 'lucide-react';
import { type ReactNode, type SubmitEvent, useEffect, useId, useRef, useState } from 'react';
import { nowMs } from '../clock.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { useMakeToken, useRevokeToken, useTokens } from './access.ts';
import './access.css';

/** All tokens: make one, revoke one. */
export function Tokens(): ReactNode {
  const tokens = useTokens();
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ReadToken>();
  const section = useRef<HTMLElement>(null);
  const hasRevoked = useRef(false);
  const onRevoked = (): void => {
    hasRevoked.current = true;
    setRevoking(undefined);
  };
  // Once the dialog is gone: the button that had the focus went with what it was for.
  useEffect(() => {
    if (revoking === undefined && hasRevoked.current) section.current?.querySelector('button')?.focus();
    hasRevoked.current = false;
  }, [revoking]);
  return (
    <section ref={section} aria-labelledby="tokens" className="access-section">
      <div className="page-head">
        <h2 id="tokens">Tokens</h2>
        <Button onClick={() => setMaking(true)}>
          <Plus size={14} aria-hidden /> New token
        </Button>
      </div>
      {tokens.isPending && <Loading />}
      {tokens.isError && <ErrorNotice error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data !== undefined && <TokensTable tokens={tokens.data} onRevoke={setRevoking} />}
      {isMaking && <NewToken onClose={() => setMaking(false)} />}
      {revoking !== undefined && <Revoke token={revoking} onClose={() => setRevoking(undefined)} onRevoked={onRevoked} />}
    </section>
  );
}

function TokensTable({ tokens, onRevoke }: { tokens: readonly ReadToken[]; onRevoke: (token: ReadToken) => void }): ReactNode {
  return (
    <div className="card table access-table">
      <table>
        <caption className="visually-hidden">Tokens, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">May</th>
            <th scope="col">Tenant</th>
            <th scope="col">Agent</th>
            <th scope="col">Made</th>
            <th scope="col">State</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td className="main-cell">{inert(token.name)}</td>
              <td>{token.scopes.join(', ')}</td>
              <td data-label="tenant">{token.tenant === '*' ? 'every one' : token.tenant}</td>
              <td data-label="agent">{token.agent ?? 'any'}</td>
              <td>
                <TimeOf text={token.created_at} />
              </td>
              <td>
                <TokenState token={token} />
              </td>
              <td className="amount">
                {token.revoked_at === undefined && (
                  <Button look="danger" onClick={() => onRevoke(token)}>
                    Revoke<span className="visually-hidden"> {inert(token.name)}</span>
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TokenState({ token: { revoked_at, expires_at } }: { token: ReadToken }): ReactNode {
  if (revoked_at !== undefined) return <Badge tone="bad">revoked</Badge>;
  if (expires_at === undefined) return <Badge tone="good">good</Badge>;
  if (Date.parse(expires_at) <= nowMs()) return <Badge tone="warn">expired</Badge>;
  return (
    <Badge tone="good">
      good to <TimeOf text={expires_at} />
    </Badge>
  );
}

const scopes: readonly { readonly scope: TokenScope; readonly about: string }[] = [
  { scope: 'ingest', about: 'ingest: an agent writes' },
  { scope: 'read', about: 'read: a person searches' },
  { scope: 'admin', about: 'admin: everything, tokens too' },
];
const lifetimes: readonly { readonly days: number; readonly label: string }[] = [
  { days: 1, label: 'a day' },
  { days: 30, label: '30 days' },
  { days: 365, label: 'a year' },
  { days: 0, label: 'until revoked' },
];
const dayMs = 86_400_000;

function NewToken({ onClose }: { onClose: () => void }): ReactNode {
  const make = useMakeToken();
  return (
    <Dialog title="New token" onClose={onClose}>
      {make.data === undefined ? <TokenForm make={make} /> : <Secret made={make.data} onClose={onClose} />}
    </Dialog>
  );
}

function TokenForm({ make }: { make: ReturnType<typeof useMakeToken> }): ReactNode {
  const id = useId();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const days = Number(text('days'));
    const [tenant, agent] = [text('tenant'), text('agent')];
    make.mutate({
      name: text('name'),
      scopes: scopes.map(({ scope }) => scope).filter((scope) => scope === text('scope')),
      ...(tenant === '' ? {} : { tenant }),
      ...(agent === '' ? {} : { agent }),
      ...(days > 0 ? { expires_at: new Date(nowMs() + days * dayMs).toISOString() } : {}),
    });
  };
  return (
    <form className="token-form" onSubmit={submit}>
      <label className="field" htmlFor={`${id}name`}>
        Name, for people
        <input id={`${id}name`} name="name" className="input" required maxLength={100} autoComplete="off" autoFocus />
      </label>
      <label className="field" htmlFor={`${id}scope`}>
        It may
        <select id={`${id}scope`} name="scope" className="input" defaultValue="read">
          {scopes.map(({ scope, about }) => (
            <option key={scope} value={scope}>
              {about}
            </option>
          ))}
        </select>
      </label>
      <label className="field" htmlFor={`${id}tenant`}>
        Tenant (empty: yours)
        <input id={`${id}tenant`} name="tenant" className="input" autoComplete="off" />
      </label>
      <label className="field" htmlFor={`${id}agent`}>
        Only this agent (empty: no matter which)
        <input id={`${id}agent`} name="agent" className="input" autoComplete="off" />
      </label>
      <label className="field" htmlFor={`${id}days`}>
        Good for
        <select id={`${id}days`} name="days" className="input" defaultValue="365">
          {lifetimes.map(({ days, label }) => (
            <option key={days} value={days}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <p className="field-error" role="alert">
        {make.error?.message}
      </p>
      <Button look="main" type="submit" disabled={make.isPending}>
        {make.isPending ? 'Making it…' : 'Make it'}
      </Button>
    </form>
  );
}

function Secret({ made, onClose }: { made: TokenMade; onClose: () => void }): ReactNode {
  return (
    <div className="token-form">
      <p>
        <KeyRound size={14} aria-hidden /> Shown this once. The collector keeps only its hash: copy it now.
      </p>
      <pre className="secret">{made.secret}</pre>
      <CopySecret secret={made.secret} />
      <Button look="main" onClick={onClose}>
        I have it
      </Button>
    </div>
  );
}

function CopySecret({ secret }: { secret: string }): ReactNode {
  const [said, setSaid] = useState('Copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(secret);
      setSaid('Copied');
    } catch {
      setSaid('The browser does not allow it here: select it');
    }
  };
  return (
    <Button onClick={() => void copy()}>
      <ClipboardCopy size={14} aria-hidden /> <span aria-live="polite">{said}</span>
    </Button>
  );
}

interface RevokeProps {
  readonly token: ReadToken;
  readonly onClose: () => void;
  readonly onRevoked: () => void;
}

function Revoke({ token, onClose, onRevoked }: RevokeProps): ReactNode {
  const revoke = useRevokeToken();
  return (
    <Dialog title={`Revoke ${inert(token.name)}?`} onClose={onClose}>
      <div className="token-form">
        <p>
          Whoever uses it is refused within seconds; open tails end. It cannot be taken back. Agents keep what they record until they have
          a new one.
        </p>
        <p className="field-error" role="alert">
          {revoke.error?.message}
        </p>
        <Button look="danger" disabled={revoke.isPending} onClick={() => revoke.mutate(token.id, { onSuccess: onRevoked })}>
          Revoke it
        </Button>
      </div>
    </Dialog>
  );
}
