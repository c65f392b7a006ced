import type { SessionPrincipal } from '@agent-audit/log';
import { Outlet } from '@tanstack/react-router';
import { type ReactNode, Suspense } from 'react';
import { useSessionState } from '../api/session.ts';
import { SignInPage } from '../sign-in/sign-in-page.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { TopBar } from './top-bar.tsx';
import { useKeptFocus } from './use-kept-focus.ts';
import './shell.css';

/** What stands around every page. Where nobody is signed in the sign-in page stands in the page's place, and the address stays. */
export function Shell(): ReactNode {
  const session = useSessionState();
  if (session.isPending) return <Loading what="Asking the collector" />;
  if (session.data === undefined) return <ErrorNotice error={session.error} retry={() => void session.refetch()} />;
  if (session.data.kind !== 'open') return <SignInPage hasEnded={session.data.kind === 'ended'} />;
  return <Pages principal={session.data.principal} />;
}

function Pages({ principal }: { principal: SessionPrincipal }): ReactNode {
  const main = useKeptFocus();
  return (
    <div className="shell">
      <TopBar principal={principal} />
      <main className="shell-main" id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}
