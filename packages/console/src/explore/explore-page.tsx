import type { ReactNode } from 'react';

/** Events, searched. */
export function ExplorePage(): ReactNode {
  return (
    <div className="page">
      <h1>Explore</h1>
    </div>
  );
}
