import { decodeBase64, inert, parseLine, proofAnswer, proofPath } from '@agent-audit/log';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FileCheck2, RefreshCw } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { read } from '../api/client.ts';
import { nowMs } from '../clock.ts';
import { clockTime } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { verifyEd25519 } from './ed25519.ts';
import { inspect, type LineEvidence } from './inspect.ts';
import './integrity.css';
import { ProofBytes } from './proof-bytes.tsx';
import { ProofView } from './proof-view.tsx';
import { proofRoute } from './routes.ts';
import { TamperCard } from './tamper-card.tsx';

/** The page at `/integrity/LOG/SEQ`: what proves one line, verified in this browser. */
export function ProofPage(): ReactNode {
  const { log, seq } = proofRoute.useParams();
  const proof = useQuery({
    queryKey: ['proof', log, seq],
    queryFn: async ({ signal }): Promise<LineEvidence> => {
      const { line_base64: line, proof: text, vkey, cosigners } = await read(proofAnswer, proofPath(log, Number(seq)), {}, signal);
      return { logId: log, seq: Number(seq), line: decodeBase64(line) ?? new Uint8Array(), proof: text, vkey, cosigners };
    },
    // Once it is here it can be verified as often as anybody likes, without asking again.
    staleTime: Infinity,
    gcTime: Infinity,
  });
  if (proof.isPending) return <Loading what="Asking for the proof" />;
  if (proof.isError) {
    return (
      <div className="page integrity-page">
        <h1>Line {seq}</h1>
        <ErrorNotice error={proof.error} retry={() => void proof.refetch()} />
      </div>
    );
  }
  return <Proof key={`${log}/${seq}`} given={proof.data} />;
}

function Proof({ given }: { given: LineEvidence }): ReactNode {
  const [evidence, setEvidence] = useState(given);
  const [turn, setTurn] = useState(0);
  const { inspection, verifiedMs } = useMemo(
    () => ({ inspection: inspect(evidence, verifyEd25519), verifiedMs: nowMs(), turn }),
    [evidence, turn],
  );
  const isChanged = evidence !== given;
  const place = `${given.logId}/${given.seq}`;
  const when = (
    <>
      <span>Checked in this browser at {clockTime(verifiedMs)}, from what is on this page.</span>
      <Button look="quiet" onClick={() => setTurn(turn + 1)}>
        <RefreshCw size={14} aria-hidden /> Verify again
      </Button>
    </>
  );
  return (
    <div className="page integrity-page">
      <div className="page-head">
        <h1>Line {given.seq}</h1>
        <span className="soft mono integrity-origin">{inspection.log?.name ?? given.logId}</span>
      </div>
      <p className="integrity-about">{aboutOf(evidence)}</p>
      {isChanged && (
        <div className="integrity-changed" role="note">
          <span>You changed what the collector gave. This is what becomes of the proof.</span>
          <Button onClick={() => setEvidence(given)}>Put it back</Button>
        </div>
      )}
      <ProofView inspection={inspection} when={when} />
      <p className="integrity-actions">
        <EvidenceLink place={place} />
      </p>
      <ProofBytes evidence={evidence} inspection={inspection} />
      <TamperCard
        evidence={evidence}
        inspection={inspection}
        isChanged={isChanged}
        onChange={setEvidence}
        onRestore={() => setEvidence(given)}
      />
    </div>
  );
}

function EvidenceLink({ place }: { place: string }): ReactNode {
  return (
    <Link to="/evidence" search={{ event: place }} className="button">
      <FileCheck2 size={16} aria-hidden /> Export as evidence
    </Link>
  );
}

/** What the line says, as far as it can be read. */
function aboutOf({ line }: LineEvidence): string {
  try {
    const { timestamp, severity, type, message } = parseLine(line);
    return inert([timestamp, severity, type, message].filter((text) => text !== '').join('  '));
  } catch {
    return 'This line cannot be read as an event; its bytes are below.';
  }
}
