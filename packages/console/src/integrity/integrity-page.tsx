import {
  agentsAnswer,
  agentsPath,
  checkpointPath,
  collectorAnswer,
  collectorPath,
  parseVerifierKey,
  type ReadAgent,
} from '@agent-audit/log';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldAlert, ShieldCheck, ShieldQuestion, ScrollText } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { read, readText } from '../api/client.ts';
import { count } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { verifyEd25519 } from './ed25519.ts';
import { checkpointSentence, inspectCheckpoint } from './inspect-checkpoint.ts';
import './integrity.css';
import { KeysCard } from './keys-card.tsx';
import { secondTime } from './second-time.ts';
import { usePins } from './use-pins.ts';

const logsPerPage = 50;
const logsMax = 1_000;

/** The page at `/integrity`: every log in one sentence, its newest checkpoint verified in this browser. */
export function IntegrityPage(): ReactNode {
  const agents = useQuery({
    queryKey: ['integrity', 'logs'],
    queryFn: ({ signal }) => read(agentsAnswer, agentsPath, { order: 'state', limit: logsMax }, signal),
  });
  const collector = useQuery({
    queryKey: ['collector'],
    queryFn: ({ signal }) => read(collectorAnswer, collectorPath, {}, signal),
  });
  const [shown, setShown] = useState(logsPerPage);
  if (agents.isPending || collector.isPending) return <Loading what="Reading logs" />;
  const failed = agents.isError ? agents : collector.isError ? collector : undefined;
  if (failed !== undefined || agents.data === undefined || collector.data === undefined) {
    return (
      <div className="page integrity-page">
        <h1>Integrity</h1>
        <ErrorNotice error={failed?.error} retry={() => void failed?.refetch()} />
      </div>
    );
  }
  const { agents: logs, next } = agents.data;
  const { cosigners } = collector.data;
  return (
    <div className="page integrity-page">
      <div className="page-head">
        <h1>Integrity</h1>
        <span className="soft">Each newest checkpoint is verified in your browser. To prove one line, open it and choose “Prove it”.</span>
      </div>
      {logs.length === 0 ? (
        <Notice icon={ScrollText} title="No log yet">
          Logs appear once an agent has shipped its first lines.
        </Notice>
      ) : (
        <ul className="card integrity-logs">
          {logs.slice(0, shown).map((log) => (
            <LogItem key={log.log} log={log} cosigners={cosigners} />
          ))}
        </ul>
      )}
      {shown < logs.length && (
        <Button onClick={() => setShown(shown + logsPerPage)}>Verify {count(Math.min(logsPerPage, logs.length - shown))} more</Button>
      )}
      {next !== undefined && <p className="soft">These are the first {count(logs.length)} logs; the others are in the list of agents.</p>}
      <KeysCard keys={cosigners.map((vkey) => ({ key: parseVerifierKey(vkey), role: 'a witness: cosigns what this collector took in' }))} />
    </div>
  );
}

function LogItem({ log, cosigners }: { log: ReadAgent; cosigners: readonly string[] }): ReactNode {
  const { pins } = usePins();
  const note = useQuery({
    queryKey: ['checkpoint', log.log],
    queryFn: ({ signal }) => readText(checkpointPath(log.log), signal),
  });
  const inspection = useMemo(
    () => {
      const { log: logId, vkey } = log;
      return note.data === undefined ? undefined : inspectCheckpoint({ logId, vkey, note: note.data, cosigners }, verifyEd25519);
    },
    [note.data, log, cosigners],
  );
  const isForked = log.state === 'forked';
  const isBad = isForked || inspection?.holds === false;
  const Icon = isBad ? ShieldAlert : inspection === undefined ? ShieldQuestion : ShieldCheck;
  const waiting = note.isError ? note.error.message : 'Asking for its checkpoint.';
  const sentence = inspection === undefined ? waiting : checkpointSentence(inspection, pins, secondTime, count);
  const newest = inspection?.holds === true ? inspection.checkpoint.size - 1 : undefined;
  return (
    <li className={isBad ? 'integrity-log integrity-log-bad' : 'integrity-log'}>
      <Icon size={20} aria-hidden />
      <div>
        <p className="integrity-log-name">
          <strong>{log.agent}</strong> <span className="faint mono">{log.log.slice(0, 8)}</span>
        </p>
        <p>
          {isForked && <strong>Two histories of this log were seen. </strong>}
          {sentence}
        </p>
        {log.gaps.length > 0 && (
          <p className="integrity-warning">
            {log.gaps.length === 1 ? 'A stretch' : `${count(log.gaps.length)} stretches`} of it will never be here.
          </p>
        )}
      </div>
      {newest !== undefined && newest >= 0 && (
        <Link
          to="/integrity/$log/$seq"
          params={{ log: log.log, seq: String(newest) }}
          className="button"
          aria-label={`Prove the newest line of ${log.agent}`}
        >
          Newest line
        </Link>
      )}
    </li>
  );
}
