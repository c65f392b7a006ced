import type { ReactNode } from 'react';

/** The page at `/evidence`. */
export function EvidencePage(): ReactNode {
  return (
    <div className="page">
      <h1>Evidence</h1>
    </div>
  );
}
