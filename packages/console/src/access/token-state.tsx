import type { ReadToken } from '@agent-audit/log';
import { type ReactNode, useEffect, useState } from 'react';
import { after, nowMs } from '../clock.ts';
import { Badge } from '../ui/badge.tsx';
import { TimeOf } from '../ui/time-of.tsx';

/** As far as a timer of a browser goes. */
const timerMsMax = 2 ** 31 - 1;

/** Whether a token is good, and until when. It says so itself when it expires. */
export function TokenState({ token: { revoked_at, expires_at } }: { token: ReadToken }): ReactNode {
  const [now, setNow] = useState(nowMs);
  const expiresMs = expires_at === undefined ? Infinity : Date.parse(expires_at);
  useEffect(() => {
    const leftMs = expiresMs - nowMs();
    if (leftMs <= 0 || leftMs > timerMsMax) return undefined;
    return after(leftMs, () => setNow(nowMs()));
  }, [expiresMs]);
  if (revoked_at !== undefined) return <TokenEnd word="revoked" at={revoked_at} />;
  if (expires_at === undefined) return <Badge tone="good">good</Badge>;
  if (expiresMs <= now) return <TokenEnd word="expired" at={expires_at} />;
  return (
    <Badge tone="good">
      good to <TimeOf text={expires_at} />
    </Badge>
  );
}

function TokenEnd({ word, at }: { word: 'revoked' | 'expired'; at: string }): ReactNode {
  return (
    <>
      <Badge tone={word === 'revoked' ? 'bad' : 'warn'}>{word}</Badge>{' '}
      <span className="faint">
        <TimeOf text={at} />
      </span>
    </>
  );
}
