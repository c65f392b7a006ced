import { CircleCheck, CircleDashed, CircleX, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Inspection, Part } from './inspect.ts';
import { KeysCard } from './keys-card.tsx';
import { MerklePicture } from './merkle-picture.tsx';
import { secondTime } from './second-time.ts';
import { partTitle, sentenceOf } from './sentence.ts';
import { usePins } from './use-pins.ts';

/** What was found of a line: one sentence, then its parts, the picture and the keys. */
export function ProofView({ inspection, when }: { inspection: Inspection; when: ReactNode }): ReactNode {
  const { pins } = usePins();
  const { holds, isErased, log, path, parts, witnesses } = inspection;
  const Icon = holds ? ShieldCheck : ShieldAlert;
  const keys = [
    ...(log === undefined ? [] : [{ key: log, role: 'signs the log' }]),
    ...[...new Set(witnesses.map(({ key }) => key))].map((key) => ({ key, role: 'witnessed this checkpoint' })),
  ];
  return (
    <>
      <div className={holds ? 'integrity-verdict integrity-good' : 'integrity-verdict integrity-bad'} role="status">
        <Icon size={28} strokeWidth={1.75} aria-hidden />
        <div>
          <p className="integrity-sentence">{sentenceOf(inspection, pins, secondTime)}</p>
          {isErased && <p>The line was erased: the hash that it had is proven, what it said is gone.</p>}
          <div className="integrity-when">{when}</div>
        </div>
      </div>
      <div className="integrity-columns">
        <div className="integrity-stack">
          <section className="card integrity-card" aria-label="What was checked">
            <h2>What was checked</h2>
            <ul className="integrity-parts">
              {parts.map((part) => (
                <PartItem key={`${part.name} ${part.by ?? ''}`} part={part} />
              ))}
            </ul>
          </section>
          {keys.length > 0 && <KeysCard keys={keys} />}
        </div>
        {path !== undefined && (
          <section className="card integrity-card integrity-picture" aria-label="The path to the root">
            <h2>The path to the root</h2>
            <MerklePicture inspection={inspection} path={path} />
          </section>
        )}
      </div>
    </>
  );
}

const icons = { holds: CircleCheck, fails: CircleX, unknown: CircleDashed, absent: CircleDashed } as const;
const stateTexts = { holds: 'holds', fails: 'does not hold', unknown: 'may or may not hold', absent: 'is not there' } as const;

function PartItem({ part }: { part: Part }): ReactNode {
  const Icon = icons[part.state];
  return (
    <li className={`integrity-part integrity-part-${part.state}`}>
      <Icon size={16} aria-hidden />
      <div>
        <strong>
          {partTitle(part)} {stateTexts[part.state]}
        </strong>
        <p className="soft">{part.why}</p>
      </div>
    </li>
  );
}
