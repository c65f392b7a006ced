import { decodeUtf8, utf8 } from '@agent-audit/log';
import { FlaskConical } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { Button } from '../ui/button.tsx';
import type { Inspection, LineEvidence } from './inspect.ts';
import { secondTime } from './second-time.ts';
import { sentenceOf } from './sentence.ts';
import { usePins } from './use-pins.ts';

interface TamperProps {
  readonly evidence: LineEvidence;
  readonly inspection: Inspection;
  readonly isChanged: boolean;
  readonly onChange: (evidence: LineEvidence) => void;
  readonly onRestore: () => void;
}

/** Whoever does not believe it changes a character, and sees what becomes of the proof. Nothing leaves the browser. */
export function TamperCard({ evidence, inspection, isChanged, onChange, onRestore }: TamperProps): ReactNode {
  const { pins } = usePins();
  return (
    <details className="card integrity-details">
      <summary>
        <FlaskConical size={14} aria-hidden /> Try it: change something
      </summary>
      <div className="integrity-details-body">
        <p className="soft">Change any character. It is verified at once, here; the collector does not learn of it.</p>
        <Field label="The line" value={decodeUtf8(evidence.line) ?? ''} onChange={(line) => onChange({ ...evidence, line: utf8(line) })} />
        <Field label="The proof" value={evidence.proof} onChange={(proof) => onChange({ ...evidence, proof })} />
        <Field label="The log’s key" value={evidence.vkey} onChange={(vkey) => onChange({ ...evidence, vkey })} />
        <p className={inspection.holds ? 'integrity-told integrity-good' : 'integrity-told integrity-bad'}>
          {sentenceOf(inspection, pins, secondTime)}
        </p>
        <p>
          <Button onClick={onRestore} disabled={!isChanged}>
            Put it back
          </Button>
        </p>
      </div>
    </details>
  );
}

function Field({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="input integrity-edit mono"
        rows={Math.min(12, value.split('\n').length + 1)}
        spellCheck={false}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}
