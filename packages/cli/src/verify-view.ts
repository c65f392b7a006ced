import { type LogRecords, type Problem, type Verdict, verdictOf, type Witnessed } from '@agent-audit/log';
import type { FileVerifyReport } from 'agent-audit/files';
import type { Style } from './style.ts';
import { inert, padTo, wrap } from './text.ts';
import { localTime } from './time.ts';
import { count, counted } from './units.ts';

/** What a report is shown with. */
export interface VerifyViewOptions {
  readonly style: Style;
  readonly utc: boolean;
  /** The arguments that led to it, to print the next command from. */
  readonly path: string;
  /** What the caller gave to know the log by, in words; undefined for nothing. */
  readonly anchor: string | undefined;
}

const labelWidth = 11;
const textWidth = 96;

/** A report for a person: the verdict first, then what it rests on, then what it cannot say. */
export function showReport(report: FileVerifyReport, options: VerifyViewOptions): string {
  const verdict = verdictOf(report);
  const lines = [headline(verdict, report, options.style), ...body(verdict, report, options)];
  return `${lines.join('\n')}\n`;
}

function headline(verdict: Verdict, report: FileVerifyReport, style: Style): string {
  const origin = inert(report.origin === '' ? '(no origin)' : report.origin);
  switch (verdict.kind) {
    case 'sound':
      return `${style.green('✔ sound')}   ${origin}`;
    case 'not-anchored': {
      const word = report.signed === 0 ? 'not sealed' : 'sound, but nobody vouches for it';
      return `${style.yellow(`◌ ${word}`)}   ${origin}   ${style.dim('(exit 3)')}`;
    }
    case 'newer-format':
      return `${style.yellow('? newer format')}   ${origin}   ${style.dim('(exit 2)')}`;
    case 'tampered':
      return tamperedHeadline(verdict.problems, style);
  }
}

/** Problems that lines are not there, rather than that they are others. */
const missing: ReadonlySet<Problem['code']> = new Set(['TRUNCATED', 'HEAD_MISSING', 'SEGMENT_MISSING', 'SUCCESSOR_MISSING']);

function tamperedHeadline(problems: readonly Problem[], style: Style): string {
  const first = headlined(problems);
  const word = problems.every(({ code }) => missing.has(code)) ? 'MISSING' : 'TAMPERED';
  const where = first?.seq === undefined ? '' : `  ${rangeOf(first.seq, first.to)}`;
  return `${style.bold(style.red(`✘ ${word}`))}${where}   ${first?.code ?? ''}   ${style.dim('(exit 1)')}`;
}

function headlined(problems: readonly Problem[]): Problem | undefined {
  return problems.find(({ seq }) => seq !== undefined) ?? problems[0];
}

function rangeOf(from: number, to: number | undefined): string {
  return to === undefined || to === from ? `line ${count(from)}` : `lines ${count(from)}–${count(to)}`;
}

function body(verdict: Verdict, report: FileVerifyReport, options: VerifyViewOptions): string[] {
  const { style, path } = options;
  const facts = [
    row('lines', linesText(report)),
    row('signed', signedText(report, options.anchor)),
    row('witnessed', witnessedText(report, options)),
  ];
  const unknown = block(`cannot know: ${report.unknown.join('; ')}`, style);
  switch (verdict.kind) {
    case 'sound':
      return [...facts, ...records(report), ...unknown];
    case 'not-anchored':
      return [...facts, ...records(report), ...unknown, ...anchoring(report, path)];
    case 'newer-format':
      return [
        ...facts,
        `  line ${count(verdict.seq)} begins format ${verdict.format}, which this version cannot read. Update it:`,
        '    npm install -g @agent-audit/cli@latest',
      ];
    case 'tampered':
      return [...problemLines(verdict.problems, style), ...facts, ...records(report), ...advice(report, path)];
  }
}

function row(label: string, text: string): string {
  return `  ${padTo(label, labelWidth)}${text}`;
}

function linesText({ first, lines, gaps, segments, seconds, bytes }: FileVerifyReport): string {
  const missingLines = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const last = first + lines + missingLines - 1;
  const range = lines === 0 ? 'none' : `${count(first)}–${count(last)}, ${gaps.length === 0 ? 'no gap' : gapsText(gaps)}`;
  const rate = seconds >= 0.5 ? ` · ${count(Math.round(bytes / seconds / 1_000_000))} MB/s` : '';
  return `${range} · ${counted(segments, 'segment')} · ${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0)} s${rate}`;
}

function gapsText(gaps: FileVerifyReport['gaps']): string {
  return `not there: ${gaps.map(({ from, to }) => (from === to ? count(from) : `${count(from)}–${count(to)}`)).join(', ')}`;
}

function signedText({ signed, unsigned, anchored }: FileVerifyReport, anchor: string | undefined): string {
  if (signed === 0) return 'nothing: no checkpoint covers a line';
  const by = anchored && anchor !== undefined ? `by ${anchor}` : 'by the key that the log itself names';
  return `${count(signed)}, ${by}${unsigned > 0 ? ` · ${counted(unsigned, 'line')} not yet` : ''}`;
}

function witnessedText({ witnessed, unwitnessed }: FileVerifyReport, { utc }: VerifyViewOptions): string {
  if (witnessed === undefined) return 'by nobody else';
  const by = witnessed.by.map((one) => witnessText(one, utc)).join(', ');
  return `${count(witnessed.size)}, ${by}${unwitnessed > 0 ? ` · ${counted(unwitnessed, 'line')} not yet` : ''}`;
}

/** A witness and when it cosigned. */
export function witnessText({ name, timeSeconds, verified }: Witnessed['by'][number], utc: boolean): string {
  const { day, clock } = localTime(timeSeconds * 1_000, utc);
  const [date, zone] = day.split(' ');
  return `${inert(name)} ${date ?? ''} ${clock.slice(0, 8)} ${zone ?? ''}${verified ? '' : ' (as it claims; no key of it was given)'}`;
}

function records({ pruned, losses, erasures, recovered, records: own, torn }: FileVerifyReport): string[] {
  const why = own.prunes.at(-1)?.why;
  return [
    `  ${[
      pruned === 0 ? 'pruned 0' : `pruned 0–${count(pruned - 1)}${why === undefined ? '' : ` (${inert(why)})`}`,
      `losses ${count(losses)}`,
      `erasures ${count(erasures)}`,
      ...(recovered === 0 ? [] : [`recovered ${recovered === 1 ? 'once' : `${count(recovered)} times`}`]),
      ...(own.orphans.length === 0 ? [] : [`unknown outcomes ${count(own.orphans.length)}`]),
    ].join(' · ')}`,
    ...orphanLines(own.orphans),
    ...own.losses.map(lossLine),
    ...own.refused.map(
      ({ seq, origin, why: reason }) =>
        `  line ${count(seq)}: this log took the place of ${inert(origin)} (${inert(reason)}), which is to be verified by itself`,
    ),
    ...(torn === undefined
      ? []
      : [`  ${count(torn.bytes)} bytes of an unfinished write follow line ${count(torn.seq - 1)}; the next start takes them out`]),
  ];
}

/** How many are named; `--json` has all. */
const orphansShown = 5;

function orphanLines(orphans: LogRecords['orphans']): string[] {
  if (orphans.length === 0) return [];
  const shown = orphans.slice(0, orphansShown).map(({ operation }) => count(operation));
  const more = orphans.length > orphansShown ? ` and ${count(orphans.length - orphansShown)} more` : '';
  return [`  how the operations that began at line ${shown.join(', ')}${more} ended, nobody saw`];
}

function lossLine({ seq, events, first_at: from, last_at: to, why }: LogRecords['losses'][number]): string {
  return `  line ${count(seq)}: ${counted(events, 'event')} could not be kept, ${inert(from)} to ${inert(to)} (${inert(why)})`;
}

/** The headline has the code of the first. */
function problemLines(problems: readonly Problem[], style: Style): string[] {
  const told = headlined(problems)?.code;
  return problems.flatMap(({ code, message }) => {
    const lines = wrap(inert(message), textWidth - 4);
    return code === told
      ? lines.map((line, index) => `${index === 0 ? '  ' : '    '}${line}`)
      : [`  ${style.red(code)}`, ...lines.map((line) => `    ${line}`)];
  });
}

function block(text: string, style: Style): string[] {
  return wrap(inert(text), textWidth - 4).map((line, index) => style.dim(`${index === 0 ? '  ' : '    '}${line}`));
}

/** What to do about a log that nobody vouches for. */
function anchoring({ vkey }: FileVerifyReport, path: string): string[] {
  if (vkey === undefined) return ['  No key is known. Give the one that was kept when the log began: agent-audit verify --key VKEY'];
  return [
    '  Compare this key with one that was kept elsewhere; if it is the same:',
    `    agent-audit verify ${shellQuote(path)} --key ${shellQuote(inert(vkey))}`,
  ];
}

function advice({ sound }: FileVerifyReport, path: string): string[] {
  return [
    `  ${sound === 0 ? 'nothing is sound' : `sound up to ${count(sound)}`}. Keep the folder as it is; compare with what others have seen:`,
    `    agent-audit verify ${shellQuote(path)} --witness URL`,
  ];
}

/** Notes that contradict each other, whole: they are signed, and so they are evidence. */
export function showEvidence(notes: readonly { readonly source: string; readonly note: string }[], style: Style): string {
  return notes
    .map(({ source, note }) => {
      const lines = note.trimEnd().split('\n').map((line) => `    ${inert(line)}`.trimEnd());
      return [`  ${style.bold(`checkpoint of ${inert(source)}`)}`, ...lines, ''].join('\n');
    })
    .join('');
}

/** A word as a shell takes it back; one that could act on a terminal in the form of bash and zsh that spells it out. */
export function shellQuote(word: string): string {
  if (inert(word) !== word) {
    const spelled = inert(word.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`));
    return `$'${spelled.replaceAll(/\\u\{(\w+)\}/g, (_, code: string) => `\\U${code.padStart(8, '0')}`)}'`;
  }
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
