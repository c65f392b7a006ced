import { completenessAnswer, completenessPath, type SessionPrincipal } from '@agent-audit/log';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleUser } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { read } from '../api/client.ts';
import { useSignIn } from '../api/session.ts';
import { forgetSearches } from '../explore/history.ts';
import { Button } from '../ui/button.tsx';
import { Popover } from '../ui/popover.tsx';
import { CompletenessButton } from './completeness.tsx';
import { RangePicker } from './range-picker.tsx';
import { TopSearch } from './top-search.tsx';
import { completenessKey, useFirstAnswer } from './use-first-answer.ts';

const sections: readonly { readonly to: string; readonly label: string }[] = [
  { to: '/', label: 'Explore' },
  { to: '/jobs', label: 'Jobs' },
  { to: '/agents', label: 'Agents' },
  { to: '/integrity', label: 'Integrity' },
  { to: '/evidence', label: 'Evidence' },
  { to: '/access', label: 'Access' },
];

/** Where one is, what time one looks at, and who one is. */
export function TopBar({ principal }: { principal: SessionPrincipal }): ReactNode {
  return (
    <header className="top-bar">
      <Link to="/" className="brand">
        <img src="./icon.svg" alt="" width={24} height={24} />
        <span>agent-audit</span>
      </Link>
      <nav className="sections" aria-label="Sections">
        {sections.map(({ to, label }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
            {label}
          </Link>
        ))}
      </nav>
      <div className="top-bar-end">
        <TopSearch />
        <Completeness />
        <RangePicker />
        <Account principal={principal} />
      </div>
    </header>
  );
}

/** How complete everything is, asked now and then. */
function Completeness(): ReactNode {
  const { data } = useQuery({
    queryKey: completenessKey,
    queryFn: async ({ signal }) => (await read(completenessAnswer, completenessPath, {}, signal)).completeness,
    enabled: useFirstAnswer(),
    refetchInterval: 15_000,
  });
  return data === undefined ? null : <CompletenessButton completeness={data} />;
}

function Account({ principal }: { principal: SessionPrincipal }): ReactNode {
  const { signOut } = useSignIn();
  const [problem, setProblem] = useState<string>();
  const leave = async (): Promise<void> => {
    try {
      await signOut();
      forgetSearches();
    } catch (error) {
      setProblem(`You are still signed in. ${error instanceof Error ? error.message : ''}`);
    }
  };
  const tenant = principal.tenant === '*' ? 'every tenant' : principal.tenant;
  const button = (
    <>
      <CircleUser size={16} aria-hidden />
      <span className="account-tenant">
        <span className="visually-hidden">Signed in: {principal.name}, </span>
        {tenant}
      </span>
    </>
  );
  return (
    <Popover button={button} title="Who is signed in" look="quiet">
      {() => (
        <div className="account">
          <p>
            <strong>{principal.name}</strong>
            <br />
            <span className="soft">
              {tenant}
              {principal.agent === undefined ? '' : `, agent ${principal.agent}`} · {principal.scopes.join(', ')}
            </span>
          </p>
          <Button onClick={() => void leave()}>Sign out</Button>
          <p className="field-error" role="alert">
            {problem}
          </p>
        </div>
      )}
    </Popover>
  );
}
