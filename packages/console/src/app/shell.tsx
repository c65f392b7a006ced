import { Outlet } from '@tanstack/react-router';
import { type ReactNode, Suspense } from 'react';
import { useSession } from '../api/session.ts';
import { SignInPage } from '../sign-in/sign-in-page.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { TopBar } from './top-bar.tsx';
import './shell.css';

/** What stands around every page. Where nobody is signed in the sign-in page stands in the page's place, and the address stays. */
export function Shell(): ReactNode {
  const session = useSession();
  if (session.isPending) return <Loading what="Asking the collector" />;
  if (session.isError) return <ErrorNotice error={session.error} retry={() => void session.refetch()} />;
  if (session.data === null) return <SignInPage />;
  return (
    <div className="shell">
      <TopBar principal={session.data} />
      <main className="shell-main" id="main">
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}
