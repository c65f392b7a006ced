// `npm run bench`: runs the sections, prints their tables as Markdown on stdout and what runs now on stderr.
import { writeFileSync } from 'node:fs';
import { describeMachine, formatMachine } from './machine.ts';
import { parseOptions, usage } from './options.ts';
import type { Goal, Section, SectionReport } from './section.ts';
import { collect } from './sections/collect.ts';
import { consoleSection } from './sections/console.ts';
import { costs } from './sections/costs.ts';
import { durable } from './sections/durable.ts';
import { ingest } from './sections/ingest.ts';
import { query } from './sections/query.ts';
import { redaction } from './sections/redaction.ts';
import { search } from './sections/search.ts';
import { shipping } from './sections/shipping.ts';
import { throughput } from './sections/throughput.ts';
import { verify } from './sections/verify.ts';
import { formatTable } from './table.ts';

const sections: readonly Section[] = [
  throughput, costs, redaction, shipping, durable, verify, query,
  ingest, collect, search, consoleSection,
];

function formatGoals(goals: readonly Goal[]): string {
  const mark = (met: boolean | undefined): string => (met === undefined ? 'not measured' : met ? '✔' : '✘');
  return formatTable(['what', 'goal', 'here', ''], goals.map(({ what, goal, measured, met }) => [what, goal, measured, mark(met)]));
}

async function main(): Promise<void> {
  const { help, ...options } = parseOptions(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const unknown = options.only.find((name) => !sections.some((section) => section.name === name));
  if (unknown !== undefined) throw new Error(`no section named ${unknown}; there are ${sections.map(({ name }) => name).join(', ')}`);
  const chosen = sections.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const machine = describeMachine(options.folder);
  process.stdout.write(`${formatMachine(machine)}\n`);
  const progress = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const reports: SectionReport[] = [];
  for (const section of chosen) {
    const report = await section.run({ options, progress });
    reports.push(report);
    process.stdout.write(`\n### ${section.title}\n\n${report.markdown}\n`);
  }
  const goals = reports.flatMap((report) => report.goals);
  process.stdout.write(`\n### Goals\n\n${formatGoals(goals)}\n`);
  if (options.json === undefined) return;
  const figures = Object.fromEntries(reports.flatMap((report) => Object.entries(report.figures)));
  writeFileSync(options.json, `${JSON.stringify({ machine, quick: options.quick, goals, figures }, undefined, 2)}\n`);
}

await main();
