import { decimal } from './problem.ts';
import type { VerifyReport } from './report.ts';

type Known = Omit<VerifyReport, 'ok' | 'unknown'>;

/** What nobody could find out from the files alone: said in every report, so that "sound" is not read as more than it is. */
export function describeUnknown(report: Known): string[] {
  const { anchored, witnessed, unsigned, records, erasures, losses, torn } = report;
  const cut = witnessed === undefined ? '' : ` (no line below ${decimal(witnessed.size)}, which a witness has seen)`;
  return [
    `lines cut off the end together with their checkpoints${cut}`,
    'whether what was said is true, and whether all that happened was said',
    'what the holder of the key wrote anew where no witness has seen it',
    ...(anchored ? [] : ['whose log this is: whoever can write its folder could have put another one there, with a key of its own']),
    ...(witnessed?.by.some(({ verified }) => !verified) === true ? ['whether the cosignatures are real: no key of a cosigner was given'] : []),
    ...(unsigned > 0 ? [`who wrote the last ${decimal(unsigned)} lines: no checkpoint covers them`] : []),
    ...records.recoveries
      .filter(({ sealed_from: from }) => from !== undefined)
      .map(({ seq, sealed_from: from = 0, sealed_to: to = from }) => `who wrote the lines ${decimal(from)}–${decimal(to)}: recovery found them unsigned, and sealed them at line ${decimal(seq)}`),
    ...(records.recoveries.length > 0 ? ['which events were only in memory at a crash'] : []),
    ...(losses > 0 ? [`what the ${decimal(losses)} lost events said`] : []),
    ...(erasures > 0 ? ['what the erased lines said; but a guess at one can be confirmed by its hash'] : []),
    ...(torn === undefined ? [] : [`what the ${decimal(torn.bytes)} bytes after line ${decimal(torn.seq - 1)} were to become`]),
  ];
}
