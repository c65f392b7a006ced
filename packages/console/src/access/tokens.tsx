import { inert, type ReadToken } from '@agent-audit/log';
import { Plus } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { useRevokeToken, useTokens } from './access.ts';
import { NewToken } from './token-form.tsx';
import { TokenState } from './token-state.tsx';
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
      {isMaking && <NewToken tenants={tenantsOf(tokens.data ?? [])} onClose={() => setMaking(false)} />}
      {revoking !== undefined && <Revoke token={revoking} onClose={() => setRevoking(undefined)} onRevoked={onRevoked} />}
    </section>
  );
}

/** The tenants that there are tokens of. */
function tenantsOf(tokens: readonly ReadToken[]): readonly string[] {
  return [...new Set(tokens.map(({ tenant }) => tenant))].filter((tenant) => tenant !== '*');
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
