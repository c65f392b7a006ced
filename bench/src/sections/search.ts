import { fileURLToPath } from 'node:url';
import { timeCommand } from '../command.ts';
import type { Measurement } from '../load.ts';
import { withFolder } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { canStore } from '../stored.ts';
import { figure, formatTable } from '../table.ts';

const programPath = fileURLToPath(new URL('../../../packages/collector/dist/store/store-bench-program.js', import.meta.url));

/** A question, as the store's own program measured it. */
interface Answer {
  readonly what: string;
  readonly firstMs: number;
  readonly medianMs: number;
  readonly found: number;
}

/** What a line of the program says: a question, or what the whole store is. */
function answersOf(output: string): readonly Answer[] {
  return output.split('\n').flatMap((line) => {
    if (line === '') return [];
    const told: unknown = JSON.parse(line);
    return isAnswer(told) ? [told] : [];
  });
}

function isAnswer(told: unknown): told is Answer {
  if (typeof told !== 'object' || told === null) return false;
  if (!('what' in told && 'firstMs' in told && 'medianMs' in told && 'found' in told)) return false;
  return typeof told.what === 'string' && [told.firstMs, told.medianMs, told.found].every((value) => typeof value === 'number');
}

/** Bytes on disk for each event, the raw line among them. */
function bytesAnEventOf(output: string): number {
  const told: unknown = JSON.parse(output.split('\n').find((line) => line.includes('"bytesAnEvent"')) ?? '{}');
  const bytes = typeof told === 'object' && told !== null && 'bytesAnEvent' in told ? told.bytesAnEvent : undefined;
  return typeof bytes === 'number' ? bytes : Number.NaN;
}

const isText = ({ what }: Answer): boolean => /^page (?:"|[a-z0-9-]+$)/.test(what) && !what.includes(':');
const isPage = ({ what }: Answer): boolean => what.startsWith('page');

async function run({ options, progress }: SectionContext): Promise<SectionReport> {
  const events = options.large && !options.quick ? 10_000_000 : 1_000_000;
  if (!canStore()) return { markdown: 'Not run: the embedded database is not installed.', goals: [], figures: {} };
  progress(`search: storing ${events} events, and searching them`);
  const { output } = await withFolder(options.folder, (folder) => timeCommand([process.execPath, programPath, `${events}`, folder]));
  const answers = answersOf(output);
  const ms = (value: number): string => figure(value, 0, 'ms');
  const slowest = (of: (answer: Answer) => boolean): number => Math.max(...answers.filter(of).map(({ medianMs }) => medianMs));
  const name = ({ what }: Answer): string => (what.trim() === 'page' ? 'page of all' : what);
  const rows = answers.map((answer) => [name(answer), ms(answer.medianMs), ms(answer.firstMs), `${answer.found}`]);
  const measurements = ({ firstMs, medianMs, found }: Answer): Measurement[] => [{ firstMs, medianMs, found }];
  const title = `${events / 1e6} million events`;
  return {
    markdown: formatTable([title, 'median of 5', 'the first', 'found'], rows),
    goals: [
      goalOf(`first page of ${title}, slowest filter`, slowest((answer) => isPage(answer) && !isText(answer)), { atMost: 200 }, ms),
      goalOf(`first page of ${title}, full text`, slowest(isText), { atMost: 1_000 }, ms),
      goalOf('stored bytes an event, its line kept', bytesAnEventOf(output), { atMost: 60 }, (value) => figure(value, 0, 'B')),
    ],
    figures: { search: Object.fromEntries(answers.map((answer) => [answer.what, measurements(answer)])) },
  };
}

export const search: Section = { name: 'search', title: 'Searching a collector', run };
