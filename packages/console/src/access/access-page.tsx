import type { ReactNode } from 'react';

/** The page at `/access`. */
export function AccessPage(): ReactNode {
  return (
    <div className="page">
      <h1>Access</h1>
    </div>
  );
}
