import { type ContenderName, contenders } from '../contender.ts';
import type { Load } from '../load.ts';
import { medianOf, type Results, runRounds } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { median } from '../statistics.ts';
import { figure, formatTable, thousands, times } from '../table.ts';

const peers: readonly ContenderName[] = ['raw', 'pinoFastest', 'pinoSync', 'pinoAsync', 'winston', 'logtape', 'logtapeNonBlocking'];
/** About a fifth as fast as the others, or less. */
const slow: ReadonlySet<ContenderName> = new Set(['winston', 'logtape', 'logtapeNonBlocking']);
const bursts = [0, 1000, 20];

function loadOf(events: number, burst: number): (contender: ContenderName) => Load {
  return (contender) => ({ events: slow.has(contender) ? events / 5 : events, burst, seconds: 60 });
}

/** Runs the rounds of every burst size. */
async function measure({ options, progress }: SectionContext): Promise<Results[]> {
  const all: Results[] = [];
  for (const burst of bursts) {
    const rounds = {
      measure: 'throughput',
      contenders: [...peers, 'agentAudit'],
      rounds: options.quick ? 3 : 5,
      folder: options.folder,
      load: loadOf(options.quick ? 200_000 : 1_000_000, burst),
    } as const;
    const form = burst === 0 ? 'all at once' : `bursts of ${burst}`;
    const say = (contender: ContenderName, round: number): void =>
      progress(`throughput, ${form}, round ${round + 1}: ${contenders[contender].title}`);
    all.push(await runRounds(rounds, say));
  }
  return all;
}

function formatRows(all: readonly Results[]): string[][] {
  const sealed = all.map((results) => medianOf(results, 'agentAudit', 'totalPerSecond'));
  const bytes = (contender: ContenderName): string => {
    const sizes = all.map((results) => medianOf(results, contender, 'bytesPerEvent'));
    return figure(median(sizes), 0, 'B');
  };
  const lost = (contender: ContenderName): string => {
    const most = Math.max(...all.flatMap((results) => results.get(contender) ?? []).map((measurement) => measurement['lostEvents'] ?? 0));
    return most === 0 ? '' : `, LOST ${most}`;
  };
  const peerRows = peers.map((contender) => {
    const cells = all.map((results, index) => {
      const rate = medianOf(results, contender, 'totalPerSecond');
      return `${thousands(rate)} (${times((sealed[index] ?? Number.NaN) / rate)})`;
    });
    return [contenders[contender].title, contenders[contender].keeps + lost(contender), ...cells, bytes(contender)];
  });
  const visible = all.map((results) => thousands(medianOf(results, 'agentAudit', 'callerPerSecond')));
  return [
    ...peerRows,
    ['**agent-audit**, what the caller waits for', 'written', ...visible, bytes('agentAudit')],
    ['**agent-audit**, until all is kept', contenders.agentAudit.keeps + lost('agentAudit'), ...sealed.map(thousands), bytes('agentAudit')],
  ];
}

async function run(context: SectionContext): Promise<SectionReport> {
  const all = await measure(context);
  const ratio = (peer: ContenderName, index: number): number => {
    const results = all[index];
    if (results === undefined) return Number.NaN;
    return medianOf(results, 'agentAudit', 'totalPerSecond') / medianOf(results, peer, 'totalPerSecond');
  };
  const header = ['events/s', 'then every event is', 'all at once', 'bursts of 1,000', 'bursts of 20', 'an event'];
  const table = formatTable(header, formatRows(all));
  const note = 'In brackets: how many times as fast agent-audit is, durable and sealed. pino and winston do not fsync, and no peer seals.';
  return {
    markdown: `${table}\n\n${note}`,
    goals: [
      goalOf("sealed, against pino's fastest form (required)", ratio('pinoFastest', 0), { atLeast: 2 }, times),
      goalOf("sealed, against pino's fastest form (pursued)", ratio('pinoFastest', 0), { atLeast: 4 }, times),
      goalOf('sealed, against pino sync with ISO time', ratio('pinoSync', 0), { atLeast: 7 }, times),
      goalOf('sealed, against pino async, bursts of 1,000', ratio('pinoAsync', 1), { atLeast: 7 }, times),
      goalOf('sealed, against pino async, bursts of 20', ratio('pinoAsync', 2), { atLeast: 4 }, times),
    ],
    figures: Object.fromEntries(bursts.map((burst, index) => [`throughput, burst ${burst}`, Object.fromEntries(all[index] ?? [])])),
  };
}

export const throughput: Section = { name: 'throughput', title: 'Throughput', run };
