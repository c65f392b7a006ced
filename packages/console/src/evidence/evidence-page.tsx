import { toHex } from '@agent-audit/log';
import { useNavigate } from '@tanstack/react-router';
import { FileCheck2 } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { apiUrl } from '../api/client.ts';
import { useSession } from '../api/session.ts';
import { rangeParameters } from '../app/range.ts';
import { useRange } from '../app/use-range.ts';
import { nowMs } from '../clock.ts';
import { saveFile } from '../integrity/save-file.ts';
import { usePins } from '../integrity/use-pins.ts';
import { count } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { bundleEventsMax, bundleSum, formatBundle } from './bundle.ts';
import { collectEvidence, type Progress, type Wanted } from './collect.ts';
import './evidence.css';
import { evidenceRoute } from './routes.ts';
import { fillTemplate } from './template.ts';

/** How far the making of a file is. */
type Making =
  | { readonly state: 'idle' }
  | { readonly state: 'busy'; readonly progress: Progress }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'empty'; readonly left: number }
  | ({ readonly state: 'made' } & MadeFile);

interface MadeFile {
  readonly name: string;
  readonly text: string;
  readonly events: number;
  readonly left: number;
  /** SHA-256 of its evidence. */
  readonly sum: string;
}

/** The page at `/evidence`: makes one file that holds events and proves them to whoever opens it. */
export function EvidencePage(): ReactNode {
  const { q = '', event } = evidenceRoute.useSearch();
  const navigate = useNavigate();
  const [search, setSearch] = useState(q);
  const { making, make, cancel } = useMaking();
  const searchId = useId();
  const isBusy = making.state === 'busy';
  useEffect(() => setSearch(q), [q]);
  return (
    <div className="page evidence-page">
      <div className="page-head">
        <h1>Evidence</h1>
      </div>
      <p className="soft">
        One file with events, their proofs and a verifier. Whoever opens it, years from now and without a network, sees whether every byte
        is as it was signed.
      </p>
      <form
        className="card evidence-form"
        onSubmit={(submit) => {
          submit.preventDefault();
          if (event === undefined) void navigate({ to: '/evidence', search: (old) => ({ ...old, q: search === '' ? undefined : search }) });
          make(search, event);
        }}
      >
        {event === undefined ? (
          <div className="field">
            <label htmlFor={searchId}>What a search finds, in the time above; a job is job_id:ID</label>
            <input
              id={searchId}
              className="input mono"
              value={search}
              placeholder="job_id:j-42"
              spellCheck={false}
              autoComplete="off"
              onChange={({ target }) => setSearch(target.value)}
            />
            <span className="faint">The first {count(bundleEventsMax)} at most, the oldest first.</span>
          </div>
        ) : (
          <p className="evidence-one">
            One event, <code>{event}</code>.{' '}
            <Button look="quiet" onClick={() => void navigate({ to: '/evidence', search: (old) => ({ ...old, event: undefined }) })}>
              Take a search instead
            </Button>
          </p>
        )}
        <div className="evidence-actions">
          <Button look="main" type="submit" disabled={isBusy}>
            <FileCheck2 size={16} aria-hidden /> Make the file
          </Button>
          {isBusy && <Button onClick={cancel}>Cancel</Button>}
        </div>
      </form>
      <Outcome making={making} />
    </div>
  );
}

function useMaking(): { making: Making; make: (q: string, event: string | undefined) => void; cancel: () => void } {
  const [making, setMaking] = useState<Making>({ state: 'idle' });
  const range = useRange();
  const { data: principal } = useSession();
  const { pins } = usePins();
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);
  const run = async (wanted: Wanted, signal: AbortSignal): Promise<Making> => {
    const { name, tenant } = principal ?? { name: 'unknown', tenant: '' };
    const exporter = { name, tenant, collector: apiUrl('/').href, pins, nowMs: nowMs() };
    const onProgress = (progress: Progress): void => {
      if (!signal.aborted) setMaking({ state: 'busy', progress });
    };
    // Asked for at once: should it not be there, nobody waits for a thousand proofs first.
    const template = await readTemplate(signal);
    const bundle = await collectEvidence(wanted, exporter, onProgress, signal);
    const left = bundle.head.left.reduce((sum, { events }) => sum + events, 0);
    if (bundle.events.length === 0) return { state: 'empty', left };
    const evidence = formatBundle(bundle);
    const file = `evidence-${bundle.head.exportedAt.replace(/\.\d+/, '').replaceAll(':', '-')}.html`;
    const text = fillTemplate(template, evidence);
    saveFile(file, text, 'text/html');
    return { state: 'made', name: file, events: bundle.events.length, left, sum: toHex(bundleSum(evidence)), text };
  };
  return {
    making,
    make(q, event) {
      const [log, seq] = event?.split('/') ?? [];
      const place = log === undefined || seq === undefined ? {} : { event: { log, seq: Number(seq) } };
      controller.current?.abort();
      const own = new AbortController();
      controller.current = own;
      setMaking({ state: 'busy', progress: { proven: 0, events: 0 } });
      run({ q, range: rangeParameters(range), ...place }, own.signal).then(
        (made) => own.signal.aborted || setMaking(made),
        (error: unknown) => own.signal.aborted || setMaking({ state: 'failed', error }),
      );
    },
    cancel() {
      controller.current?.abort();
      setMaking({ state: 'idle' });
    },
  };
}

async function readTemplate(signal: AbortSignal): Promise<string> {
  const response = await fetch(apiUrl('/evidence-file.html'), { signal, credentials: 'same-origin' });
  if (response.ok) return response.text();
  throw new Error(`the template of evidence files is not there (status ${response.status}): reload the page`);
}

function Outcome({ making }: { making: Making }): ReactNode {
  switch (making.state) {
    case 'idle':
      return null;
    case 'busy': {
      const { proven, events } = making.progress;
      const text = events === 0 ? 'Looking for events' : `${count(proven)} of ${count(events)} proven`;
      return (
        <div className="evidence-busy" role="status">
          <progress aria-label="Proofs" {...(events === 0 ? {} : { value: proven, max: events })} /> {text}
        </div>
      );
    }
    case 'failed':
      return <ErrorNotice error={making.error} />;
    case 'empty':
      return (
        <p role="status">
          {making.left === 0
            ? 'The search finds nothing in this time.'
            : `None of the ${count(making.left)} events can be proven: they are not witnessed yet, or no longer stored.`}
        </p>
      );
    case 'made':
      return <Made {...making} />;
  }
}

function Made({ name, events, left, sum, text }: MadeFile): ReactNode {
  return (
    <section className="card evidence-made" role="status">
      <h2>
        {name} holds {count(events)} {events === 1 ? 'event' : 'events'}, each verified before it went in
      </h2>
      {left > 0 && <p className="evidence-left">{count(left)} could not be proven and are not in it; the file says why.</p>}
      <p className="soft">Note this somewhere else: it tells the file from any other, what no key signed included.</p>
      <code className="evidence-sum">{sum}</code>
      <p>
        <Button onClick={() => saveFile(name, text, 'text/html')}>Save it again</Button>
      </p>
    </section>
  );
}
