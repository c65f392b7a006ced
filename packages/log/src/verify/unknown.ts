import { decimal, describeLines } from './problem.ts';
import type { LogRecords, VerifyReport } from './report.ts';

type Known = Omit<VerifyReport, 'ok' | 'unknown'>;

/** What nobody could find out from the files alone: said in every report, so that "sound" is not read as more than it is. */
export function describeUnknown(report: Known): string[] {
  const { anchored, witnessed, signed, unsigned, records, erasures, losses, torn } = report;
  const cut = witnessed === undefined ? '' : ` (no line below ${decimal(witnessed.size)}, which a witness has seen)`;
  const isClaimed = witnessed?.by.some(({ verified }) => !verified) === true;
  return [
    `lines cut off the end together with their checkpoints${cut}`,
    'whether what was said is true, and whether all that happened was said',
    'what the holder of the key wrote anew where no witness has seen it',
    ...(anchored ? [] : ['whose log this is: whoever can write its folder could have put another one there, with a key of its own']),
    ...(isClaimed ? ['whether the cosignatures are real: no key of a cosigner was given'] : []),
    ...(unsigned > 0 ? [`who wrote ${signed === 0 ? 'any of' : 'the last'} ${decimal(unsigned)} lines: no checkpoint covers them`] : []),
    ...records.recoveries.flatMap(describeRecovery),
    ...(losses > 0 ? [`what the ${decimal(losses)} lost events said`] : []),
    ...(erasures > 0 ? ['what the erased lines said; but a guess at one can be confirmed by its hash'] : []),
    ...(torn === undefined ? [] : [`what the ${decimal(torn.bytes)} bytes from line ${decimal(torn.seq)} on were to become`]),
  ];
}

function describeRecovery(recovery: LogRecords['recoveries'][number]): string[] {
  const { seq, sealed_from: from, sealed_to: to } = recovery;
  const memory = `which events were only in memory at the crash before line ${decimal(seq)}`;
  if (from === undefined || to === undefined) return [memory];
  return [memory, `who wrote the ${describeLines(from, to + 1)}: recovery found them unsigned, and sealed them at line ${decimal(seq)}`];
}
