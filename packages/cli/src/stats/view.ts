import type { Invocation } from '../command.ts';
import type { Output } from '../io.ts';
import type { Style } from '../style.ts';
import { cutTo, inert, jsonLine, padTo, widthOf } from '../text.ts';
import { localTime } from '../time.ts';
import { count, counted, duration } from '../units.ts';
import { timeAxis } from './axis.ts';
import { horizontalBar, sparkline } from './chart.ts';
import type { Summary } from './summary.ts';

const columnsWithoutTerminal = 100;
const columnsMax = 120;
const columnsMin = 60;
const gap = '  ';
const titleWidth = 10;
/** How many of a kind are shown; --json has all. */
const shownMax = { types: 12, agents: 8, errors: 6, durations: 10 };
const nameWidthMax = 28;
/** `100 %` */
const shareWidth = 5;
const severityOrder = ['CRITICAL', 'ERROR', 'WARN', 'INFO', 'DEBUG'];

/** Statistics with small charts, for a person. `names` says which logs they are of. */
export function showStatistics(statistics: Summary, names: string, view: Pick<Invocation, 'io' | 'style' | 'utc'>): string {
  const { io, style, utc } = view;
  const columns = Math.max(columnsMin, Math.min(columnsMax, io.stdout.isTerminal ? io.stdout.columns : columnsWithoutTerminal));
  const { types, agents, events } = statistics;
  const severities = statistics.severities.sorted();
  const shown: readonly (readonly [string, number])[] = [
    ...severityOrder.flatMap((name) => severities.filter(([text]) => text === name)),
    ...severities.filter(([text]) => !severityOrder.includes(text) && text !== ''),
  ];
  const chart = { columns, style, total: events };
  const sections = [
    [style.dim(names), headline(statistics, style, utc)],
    overTime(statistics, columns, style, utc),
    bars('severity', shown, { ...chart, max: Infinity, others: 0 }),
    bars('type', types.sorted(), { ...chart, max: shownMax.types, others: types.others }),
    ...(agents.sorted().length > 1 ? [bars('agent', agents.sorted(), { ...chart, max: shownMax.agents, others: agents.others })] : []),
    errorLines(statistics, columns, style),
    durationLines(statistics, style),
    [ownLine(statistics, style)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `12,304 events · 2026-11-24 08:00 to 14:03 +01:00 · 34 a minute` */
function headline({ events, times: { firstMs, lastMs } }: Summary, style: Style, utc: boolean): string {
  const parts = [style.bold(counted(events, 'event'))];
  if (!Number.isNaN(firstMs)) {
    const [from, to] = [localTime(firstMs, utc), localTime(lastMs, utc)];
    const [fromDate = ''] = from.day.split(' ');
    const [toDate = '', zone = ''] = to.day.split(' ');
    const date = toDate === fromDate ? '' : `${toDate} `;
    parts.push(`${fromDate} ${from.clock.slice(0, 8)} to ${date}${to.clock.slice(0, 8)} ${zone}`, duration(lastMs - firstMs));
    const rate = rateText(events, lastMs - firstMs);
    if (rate !== '') parts.push(rate);
  }
  return parts.join(' · ');
}

/** In the unit in which it is at least one, or per day. */
function rateText(events: number, spanMs: number): string {
  if (spanMs < 1_000) return '';
  for (const [unit, unitMs] of [
    ['second', 1_000],
    ['minute', 60_000],
    ['hour', 3_600_000],
  ] as const) {
    if (events * unitMs >= spanMs) return `${count(Math.round((events * unitMs) / spanMs))} a ${unit}`;
  }
  return `${((events * 86_400_000) / spanMs).toFixed(1)} a day`;
}

function overTime({ times }: Summary, columns: number, style: Style, utc: boolean): string[] {
  const { firstMs, lastMs } = times;
  if (Number.isNaN(firstMs) || lastMs <= firstMs) return [];
  const width = columns - titleWidth - gap.length;
  const counts = times.columns(width);
  const peak = `peak ${count(Math.max(...counts))} in ${duration((lastMs - firstMs) / width)}`;
  const margin = ' '.repeat(titleWidth + gap.length);
  return [
    `${title('events', style)}${gap}${style.cyan(sparkline(counts).trimEnd())}`,
    `${margin}${style.dim(timeAxis(firstMs, lastMs, width, utc))}`,
    `${margin}${style.dim(peak)}`,
  ];
}

interface Bars {
  readonly columns: number;
  readonly style: Style;
  /** All events: of what the shares are. */
  readonly total: number;
  /** How many are shown. */
  readonly max: number;
  /** Events that were counted for none of them. */
  readonly others: number;
}

function bars(name: string, all: readonly (readonly [string, number])[], { columns, style, total, max, others }: Bars): string[] {
  const shown = all.slice(0, max);
  const rest = all.slice(max).reduce((sum, [, value]) => sum + value, others);
  const labels = shown.map(([text]) => cutTo(text === '' ? '(none)' : inert(text), nameWidthMax));
  const labelWidth = Math.max(0, ...labels.map(widthOf));
  const numbers = shown.map(([, value]) => count(value));
  const numberWidth = Math.max(count(rest).length, ...numbers.map((text) => text.length));
  const greatest = Math.max(0, ...shown.map(([, value]) => value));
  const barColumns = columns - titleWidth - labelWidth - numberWidth - 4 * gap.length - shareWidth;
  const rows = shown.map(([text, value], index) => {
    const bar = padTo(horizontalBar(value, greatest, barColumns), barColumns);
    const paint = name === 'severity' ? paintOf(text, style) : style.cyan;
    const head = `${padTo(labels[index] ?? '', labelWidth)}${gap}${(numbers[index] ?? '').padStart(numberWidth)}`;
    const left = index === 0 ? title(name, style) : ' '.repeat(titleWidth);
    return [left, head, paint(bar), style.dim(share(value, total))].join(gap);
  });
  const more = all.length - shown.length;
  const restText = more > 0 ? `${count(more)} more, ${counted(rest, 'event')}` : `others, ${counted(rest, 'event')}`;
  return rest === 0 ? rows : [...rows, `${' '.repeat(titleWidth)}${gap}${style.dim(restText)}`];
}

function paintOf(severity: string, style: Style): (text: string) => string {
  if (severity === 'CRITICAL' || severity === 'ERROR') return style.red;
  return severity === 'WARN' ? style.yellow : severity === 'DEBUG' ? style.dim : style.cyan;
}

function share(value: number, total: number): string {
  const percent = (value * 100) / total;
  return `${percent > 0 && percent < 0.5 ? '<1' : Math.round(percent)} %`.padStart(shareWidth);
}

function title(text: string, style: Style): string {
  return style.bold(padTo(text, titleWidth));
}

function errorLines({ errors }: Summary, columns: number, style: Style): string[] {
  const all = errors.sorted();
  const shown = all.slice(0, shownMax.errors).map(([text, value]) => {
    const [type = '', error = ''] = text.split('\n', 2);
    return { type: inert(type), error: inert(error), number: count(value) };
  });
  const numberWidth = Math.max(0, ...shown.map(({ number }) => number.length));
  const typeWidth = Math.max(0, ...shown.map(({ type }) => Math.min(nameWidthMax, widthOf(type))));
  const width = columns - titleWidth - numberWidth - typeWidth - 3 * gap.length;
  const rows = shown.map(({ type, error, number }, index) => {
    const head = index === 0 ? title('errors', style) : ' '.repeat(titleWidth);
    return [head, style.red(number.padStart(numberWidth)), padTo(cutTo(type, typeWidth), typeWidth), cutTo(error, width)].join(gap);
  });
  const rest = all.length - shown.length;
  return rest === 0 ? rows : [...rows, `${' '.repeat(titleWidth)}${gap}${style.dim(`${count(rest)} more`)}`];
}

function durationLines({ durations }: Summary, style: Style): string[] {
  if (durations.size === 0) return [];
  const all = [...durations].toSorted(([, a], [, b]) => b.count - a.count);
  const shown = all.slice(0, shownMax.durations);
  const cells = shown.map(([operation, of]) => [
    cutTo(inert(operation), nameWidthMax),
    count(of.count),
    duration(of.percentileMs(0.5)),
    duration(of.percentileMs(0.95)),
    of.maxMs === undefined ? '-' : duration(of.maxMs),
  ]);
  const table = [['', 'number', 'p50', 'p95', 'longest'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => widthOf(row[column] ?? ''))));
  const show = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? padTo(cell, widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(gap);
  const [head = [], ...rows] = table;
  const rest = all.length - shown.length;
  return [
    `${title('durations', style)}${gap}${style.dim(show(head))}`,
    ...rows.map((row) => `${' '.repeat(titleWidth)}${gap}${show(row)}`),
    ...(rest > 0 ? [`${' '.repeat(titleWidth)}${gap}${style.dim(`${count(rest)} more`)}`] : []),
  ];
}

function ownLine({ own }: Summary, style: Style): string {
  const lost = own.lostEvents === undefined ? counted(own.losses, 'loss', 'losses') : `${counted(own.lostEvents, 'event')} lost`;
  const alarming = (value: number, text: string): string => (value > 0 ? style.yellow(text) : text);
  const parts = [
    alarming(own.lostEvents ?? own.losses, own.losses === 0 ? 'no losses' : lost),
    alarming(own.orphans, own.orphans === 0 ? 'no outcome unknown' : `${counted(own.orphans, 'operation')} with unknown outcome`),
    ...(own.recoveries > 0 ? [`recovered ${own.recoveries === 1 ? 'once' : `${count(own.recoveries)} times`}`] : []),
    ...(own.prunes > 0 ? [counted(own.prunes, 'prune')] : []),
    ...(own.erasures > 0 ? [`${counted(own.erasures, 'line')} erased`] : []),
  ];
  return `${title('log', style)}${gap}${parts.join(' · ')}`;
}

/** Statistics as a program reads them: one object. Durations in milliseconds. */
export function statisticsAsJson(statistics: Summary, output: Output): string {
  const { events, times, types, severities, agents, errors, durations, own } = statistics;
  const iso = (timeMs: number): string | null => (Number.isNaN(timeMs) ? null : new Date(timeMs).toISOString());
  const told = {
    events,
    first: iso(times.firstMs),
    last: iso(times.lastMs),
    types: Object.fromEntries(types.sorted()),
    severities: Object.fromEntries(severities.sorted()),
    agents: Object.fromEntries(agents.sorted()),
    errors: errors.sorted().map(([text, value]) => {
      const [type = '', error = ''] = text.split('\n', 2);
      return { type, error, count: value };
    }),
    durations: [...durations].map(([operation, of]) => ({
      operation,
      count: of.count,
      p50_ms: rounded(of.percentileMs(0.5)),
      p95_ms: rounded(of.percentileMs(0.95)),
      max_ms: of.maxMs,
    })),
    log: {
      losses: own.losses,
      lost_events: own.lostEvents,
      orphans: own.orphans,
      recoveries: own.recoveries,
      prunes: own.prunes,
      erasures: own.erasures,
      opens: own.starts,
    },
  };
  return jsonLine(told, output);
}

/** Percentiles are told to within 1 %: three digits say all of it. */
function rounded(milliseconds: number): number {
  return Number(milliseconds.toPrecision(3));
}
