import type { ReactNode } from 'react';

/** The page at `/integrity`. */
export function IntegrityPage(): ReactNode {
  return (
    <div className="page">
      <h1>Integrity</h1>
    </div>
  );
}
