import type { ReactNode } from 'react';

/** The page at `/jobs`. */
export function JobsPage(): ReactNode {
  return (
    <div className="page">
      <h1>Jobs</h1>
    </div>
  );
}
