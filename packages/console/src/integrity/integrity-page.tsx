import {
  type AgentsAnswer,
  agentsAnswer,
  agentsPath,
  checkpointPath,
  collectorAnswer,
  collectorPath,
  inert,
  parseVerifierKey,
  type ReadAgent,
} from '@agent-audit/log';
import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
  useQuery,
} from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ShieldAlert, ShieldCheck, ShieldQuestion, ScrollText } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { read, readText } from '../api/client.ts';
import { count } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { NameField } from '../ui/name-field.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { verifyEd25519 } from './ed25519.ts';
import { checkpointSentence, inspectCheckpoint } from './inspect-checkpoint.ts';
import './integrity.css';
import { KeysCard } from './keys-card.tsx';
import { secondTime } from './second-time.ts';
import { usePins } from './use-pins.ts';

const route = getRouteApi('/integrity');
/** Each is verified as it is shown: two signatures, and a question for its checkpoint. */
const logsPerPage = 50;
const witnessRole = 'a witness: cosigns what this collector took in';
const firstPage: string | undefined = undefined;

/** Logs whose agent's name has this part, those that somebody must look at first. */
function useLogs(name: string | undefined): UseInfiniteQueryResult<InfiniteData<AgentsAnswer, string | undefined>> {
  return useInfiniteQuery({
    queryKey: ['integrity', 'logs', name],
    queryFn: ({ pageParam: cursor, signal }) =>
      read(agentsAnswer, agentsPath, { order: 'state', limit: logsPerPage, name, cursor }, signal),
    initialPageParam: firstPage,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
}

/** The page at `/integrity`: every log in one sentence, its newest checkpoint verified in this browser. */
export function IntegrityPage(): ReactNode {
  const { name } = route.useSearch();
  const navigate = route.useNavigate();
  const logs = useLogs(name);
  const collector = useQuery({
    queryKey: ['collector'],
    queryFn: ({ signal }) => read(collectorAnswer, collectorPath, {}, signal),
  });
  const look = (part: string | undefined): void => void navigate({ search: (before) => ({ ...before, name: part }), replace: true });
  const failed = [logs, collector].find(({ isError }) => isError);
  const { cosigners = [] } = collector.data ?? {};
  const shown = logs.data?.pages.flatMap(({ agents }) => agents) ?? [];
  const isReady = logs.data !== undefined && collector.data !== undefined;
  return (
    <div className="page integrity-page">
      <div className="page-head">
        <h1>Integrity</h1>
        <span className="soft">Each newest checkpoint is verified in your browser. To prove one line, open it and choose “Prove it”.</span>
      </div>
      {(name !== undefined || shown.length >= logsPerPage) && <NameField name={name ?? ''} onName={look} />}
      {failed !== undefined && <ErrorNotice error={failed.error} retry={() => void failed.refetch()} />}
      {!isReady && failed === undefined && <Loading what="Reading logs" />}
      {isReady && shown.length > 0 && (
        <ul className="card integrity-logs" aria-busy={logs.isFetching}>
          {shown.map((log) => (
            <LogItem key={log.log} log={log} cosigners={cosigners} />
          ))}
        </ul>
      )}
      {isReady && shown.length === 0 && <NoLog name={name} />}
      {logs.hasNextPage && (
        <p className="integrity-actions">
          <Button onClick={() => void logs.fetchNextPage()} disabled={logs.isFetchingNextPage}>
            Verify {logsPerPage} more
          </Button>
          <span className="soft number">{ofAll(shown.length, logs.data?.pages[0])}</span>
        </p>
      )}
      {isReady && (
        <KeysCard keys={cosigners.map((vkey) => ({ key: parseVerifierKey(vkey), role: witnessRole }))} />
      )}
    </div>
  );
}

function NoLog({ name }: { name: string | undefined }): ReactNode {
  if (name !== undefined) return <Notice icon={ScrollText} title={`No agent has “${inert(name)}” in its name`} />;
  return (
    <Notice icon={ScrollText} title="No log yet">
      Logs appear once an agent has shipped its first lines.
    </Notice>
  );
}

function ofAll(shown: number, page: AgentsAnswer | undefined): string {
  if (page === undefined) return '';
  const { live, behind, stopped, silent, forked } = page.counts;
  const all = live + behind + stopped + silent + forked;
  return `${count(shown)} of ${count(all)} logs, the forked and the silent first`;
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
          <strong>{inert(log.agent)}</strong> <span className="faint mono">{log.log.slice(0, 8)}</span>
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
          aria-label={`Prove the newest line of ${inert(log.agent)}`}
        >
          Newest line
        </Link>
      )}
    </li>
  );
}
