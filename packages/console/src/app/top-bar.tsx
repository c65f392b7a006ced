import { Link } from '@tanstack/react-router';
import { ChevronDown, Clock, CircleUser } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Principal, useSignIn } from '../api/session.ts';
import { Button } from '../ui/button.tsx';
import { Popover } from '../ui/popover.tsx';
import { rangePresets, sinceByDefault } from './range.ts';
import { useRange, useSetRange } from './use-range.ts';

const sections: readonly { readonly to: string; readonly label: string }[] = [
  { to: '/', label: 'Explore' },
  { to: '/jobs', label: 'Jobs' },
  { to: '/agents', label: 'Agents' },
  { to: '/integrity', label: 'Integrity' },
  { to: '/evidence', label: 'Evidence' },
  { to: '/access', label: 'Access' },
];

/** Where one is, what time one looks at, and who one is. */
export function TopBar({ principal }: { principal: Principal }): ReactNode {
  return (
    <header className="top-bar">
      <Link to="/" className="brand">
        <img src="./icon.svg" alt="" width={24} height={24} />
        <span>agent-audit</span>
      </Link>
      <nav className="sections" aria-label="Sections">
        {sections.map(({ to, label }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
            {label}
          </Link>
        ))}
      </nav>
      <div className="top-bar-end">
        <RangePicker />
        <Account principal={principal} />
      </div>
    </header>
  );
}

function RangePicker(): ReactNode {
  const range = useRange();
  const setRange = useSetRange();
  const { since = sinceByDefault } = range;
  const label = rangePresets.find((preset) => preset.since === since && range.until === undefined)?.label ?? 'Chosen time';
  const button = (
    <>
      <Clock size={14} aria-hidden />
      {label}
      <ChevronDown size={14} aria-hidden />
    </>
  );
  return (
    <Popover button={button} title="Time range">
      {(close) =>
        rangePresets.map((preset) => (
          <Button
            key={preset.since}
            look="quiet"
            onClick={() => {
              setRange({ since: preset.since });
              close();
            }}
          >
            {preset.label}
          </Button>
        ))
      }
    </Popover>
  );
}

function Account({ principal }: { principal: Principal }): ReactNode {
  const { signOut } = useSignIn();
  return (
    <Popover button={<CircleUser size={16} aria-hidden />} title="Account" look="quiet">
      {() => (
        <>
          <p>{principal.name}</p>
          <p className="soft">{principal.tenant === '*' ? 'every tenant' : principal.tenant}</p>
          <Button onClick={() => void signOut()}>Sign out</Button>
        </>
      )}
    </Popover>
  );
}
