import { CircleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Problem } from '../api/problem.ts';
import { Button } from './button.tsx';
import './controls.css';

interface NoticeProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly tone?: 'plain' | 'bad';
  /** h1 where it is the whole page. */
  readonly heading?: 'h1' | 'h2';
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** What stands where there is nothing to show: why, and what to do next. */
export function Notice({ icon: Icon, title, tone = 'plain', heading: Heading = 'h2', children, actions }: NoticeProps): ReactNode {
  return (
    <div className={tone === 'bad' ? 'notice notice-bad' : 'notice'} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon size={28} strokeWidth={1.5} aria-hidden />
      <Heading>{title}</Heading>
      <div className="soft">{children}</div>
      {actions !== undefined && <div className="notice-actions">{actions}</div>}
    </div>
  );
}

interface ErrorNoticeProps {
  readonly error: unknown;
  readonly retry?: () => void;
  readonly heading?: 'h1' | 'h2';
}

/** An error, in the collector's own words, with its code. */
export function ErrorNotice({ error, retry, heading = 'h2' }: ErrorNoticeProps): ReactNode {
  const code = error instanceof Problem ? error.code : 'INTERNAL';
  const action = retry === undefined ? {} : { actions: <Button onClick={retry}>Try again</Button> };
  return (
    <Notice icon={CircleAlert} tone="bad" title="This could not be read" heading={heading} {...action}>
      <p>{error instanceof Error ? error.message : 'The console failed for a reason that it does not know.'}</p>
      <p className="faint">
        <code>{code}</code>
      </p>
    </Notice>
  );
}

/** What stands where something is on its way. */
export function Loading({ what = 'Loading' }: { what?: string }): ReactNode {
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden />
      <span>{what}</span>
    </div>
  );
}
