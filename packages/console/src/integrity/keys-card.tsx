import { formatVerifierKey, type VerifierKey } from '@agent-audit/log';
import { Pin as PinIcon, PinOff, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { fingerprint, pinnedOthers } from './trust.ts';
import { usePins } from './use-pins.ts';

/** A key that says something, and what. */
export interface SpeakingKey {
  readonly key: VerifierKey;
  readonly role: string;
}

/** The keys that a proof rests on, with their fingerprints, to be pinned. */
export function KeysCard({ keys }: { keys: readonly SpeakingKey[] }): ReactNode {
  return (
    <section className="card integrity-card" aria-label="Keys">
      <h2>Keys</h2>
      <ul className="integrity-keys">
        {keys.map(({ key, role }) => (
          <KeyItem key={formatVerifierKey(key)} vkey={formatVerifierKey(key)} name={key.name} role={role} />
        ))}
      </ul>
      <p className="soft">
        A key that you pin is kept in this browser, and what the collector says cannot change it. To pin one unseen is trust on first use:
        it tells whether the key changes from now on, not whether it is the right one today. Compare its fingerprint first, with whoever
        holds the key: <code>agent-audit key | tr -d &apos;\n&apos; | sha256sum</code>
      </p>
    </section>
  );
}

function KeyItem({ vkey, name, role }: { vkey: string; name: string; role: string }): ReactNode {
  const { pins, pin, unpin } = usePins();
  const own = pins.find((one) => one.vkey === vkey);
  const others = pinnedOthers(pins, vkey);
  return (
    <li>
      <div className="integrity-key-head">
        <strong>{name}</strong>
        <span className="soft">{role}</span>
        {own === undefined ? (
          <Button onClick={() => pin(vkey)} aria-label={`Pin this key of ${name}`}>
            <PinIcon size={14} aria-hidden /> Pin this key
          </Button>
        ) : (
          <>
            <Badge tone="good">
              pinned <TimeOf text={own.pinned_at} />
            </Badge>
            <Button look="quiet" onClick={() => unpin(vkey)} aria-label={`Unpin the key of ${name}`}>
              <PinOff size={14} aria-hidden /> Unpin
            </Button>
          </>
        )}
      </div>
      {others.length > 0 && (
        <p className="integrity-warning">
          <TriangleAlert size={14} aria-hidden /> You pinned another key under this name. It may be a new machine or a new log, or somebody
          who pretends to be the old one: ask whoever runs it.
        </p>
      )}
      <code className="integrity-fingerprint">{fingerprint(vkey)}</code>
    </li>
  );
}
