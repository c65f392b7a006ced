import { Eye } from 'lucide-react';
import type { ReactNode } from 'react';
import { useSession } from '../api/session.ts';
import { Notice } from '../ui/notice.tsx';
import { WhoLooked } from './deeds.tsx';
import { Tokens } from './tokens.tsx';

/** Who may do what here, and who looked at what. */
export function AccessPage(): ReactNode {
  const { data: principal } = useSession();
  const isAdmin = principal?.scopes.includes('admin') === true;
  if (!isAdmin) {
    return (
      <div className="page">
        <h1>Access</h1>
        <Notice icon={Eye} title="This needs an admin token">
          <p>Tokens, and who looked at what, are shown to administrators only. What you read here is recorded, too.</p>
        </Notice>
      </div>
    );
  }
  return (
    <div className="page">
      <h1>Access</h1>
      <Tokens />
      {principal.tenant === '*' && <WhoLooked />}
    </div>
  );
}
