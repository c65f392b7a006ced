import type { ReactNode } from 'react';

/** The page at `/agents`. */
export function AgentsPage(): ReactNode {
  return (
    <div className="page">
      <h1>Agents</h1>
    </div>
  );
}
