import type { ReactNode } from 'react';

/** A severity, as a word and a colour. */
export function SeverityOf({ severity }: { severity: string | undefined }): ReactNode {
  return <span className={`severity severity-${severity?.toLowerCase() ?? 'none'}`}>{severity ?? '—'}</span>;
}
