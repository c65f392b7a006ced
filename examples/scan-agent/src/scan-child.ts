// The scanning process: `node scan-child.js DIRECTORY REPORT_FILE CPU_MAX MEMORY_MAX_MB` scans, writes the report and prints
// a ScanReply. Near its limits it slows itself down, and sends each change of that as a Pressure.
// What it reads stays in here: report and reply say where something was found and of which kind, never what.
import { type Dirent, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lintSource } from '@secretlint/core';
import { creator as rule } from '@secretlint/secretlint-rule-preset-recommend';
import { Governor, type Limits, type Pressure, type Sample } from './governor.ts';
import { endWithParent } from './leash.ts';
import { type Finding, formatSarif } from './sarif.ts';
import type { ScanReply, ScanSummary } from './scanner.ts';

const filesMax = 5_000;
const fileBytesMax = 1024 * 1024;
const filesNamedMax = 10;
/** Files between two samples of what the scan takes. */
const filesPerSample = 20;
/** While it is slowed down, the scan rests for so many times as long as it worked. */
const restFactor = 4;
/** Not what people keep there: others' packages, and what this agent itself wrote. */
const isIgnored = (name: string): boolean => name === '.git' || name === 'node_modules' || name.startsWith('scan-agent-data');

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule }] };

// secretlint marks the start and end of every rule on every file, and searches all earlier marks at each. Nobody reads them here.
Object.defineProperty(performance, 'mark', { value: () => undefined });

/** The regular files below a directory, by name; links are not followed. `unreadable` is told of what can't be listed, except the root. */
function* filesBelow(directory: string, unreadable: () => void): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true }).toSorted(byName)) {
    if (isIgnored(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isFile()) yield path;
    if (!entry.isDirectory()) continue;
    try {
      yield* filesBelow(path, unreadable);
    } catch {
      unreadable();
    }
  }
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

/** A file's text; undefined where it is too large, not text, or not readable. */
function readText(path: string): string | undefined {
  try {
    if (statSync(path).size > fileBytesMax) return undefined;
    const bytes = readFileSync(path);
    return bytes.includes(0) ? undefined : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}

async function findingsIn(path: string, content: string, directory: string): Promise<Finding[]> {
  const file = relative(directory, path).split(sep).join('/');
  const source = { filePath: path, content, ext: extname(path), contentType: 'text' } as const;
  const { messages } = await lintSource({ source, options: { config } }).catch((error: unknown) => {
    // Only the error's name: its message may quote the file.
    throw new Error(`secretlint failed on ${file}: ${error instanceof Error ? error.name : typeof error}`);
  });
  return messages.map(({ ruleId, messageId, docsUrl, severity, loc: { start, end } }) => ({
    file,
    ruleId,
    ...(docsUrl && { helpUri: docsUrl.replace(/#.*$/, '') }),
    kind: messageId,
    level: severity === 'info' ? 'note' : severity,
    region: { startLine: start.line, startColumn: start.column + 1, endLine: end.line, endColumn: end.column + 1 },
  }));
}

/** Samples the work after every few files, says what changed, and rests after each file while it is too much. */
function pacer(limits: Limits): { pace(files: number, workedMs: number): Promise<void>; end(): void } {
  const governor = new Governor(limits);
  let since = performance.eventLoopUtilization();
  const sample = (): Sample => {
    const now = performance.eventLoopUtilization();
    const cpu = performance.eventLoopUtilization(now, since).utilization;
    since = now;
    return { cpu, memoryMB: Math.round(process.memoryUsage.rss() / 1024 ** 2) };
  };
  const tell = (pressure: Pressure | undefined): void => {
    if (pressure !== undefined) process.send?.(pressure);
  };
  return {
    async pace(files, workedMs) {
      if (files % filesPerSample === 0) tell(governor.take(sample()));
      if (governor.isThrottling) await delay(workedMs * restFactor);
    },
    end: () => tell(governor.release(sample())),
  };
}

async function scan(directory: string, reportFile: string, limits: Limits): Promise<ScanSummary> {
  const startedAt = new Date();
  const findings: Finding[] = [];
  const pacing = pacer(limits);
  let [files, bytes, skipped, limited] = [0, 0, 0, false];
  for (const path of filesBelow(directory, () => (skipped += 1))) {
    limited = files === filesMax;
    if (limited) break;
    const beganMs = performance.now();
    const text = readText(path);
    if (text === undefined) {
      skipped += 1;
      continue;
    }
    files += 1;
    bytes += Buffer.byteLength(text);
    findings.push(...(await findingsIn(path, text, directory)));
    await pacing.pace(files, performance.now() - beganMs);
  }
  pacing.end();
  const reportId = basename(reportFile, '.sarif');
  // A reader sees the whole report or none.
  writeFileSync(`${reportFile}.tmp`, formatSarif({ reportId, directory, startedAt, endedAt: new Date(), findings }));
  renameSync(`${reportFile}.tmp`, reportFile);
  const filesNamed = [...new Set(findings.map(({ file }) => file))].slice(0, filesNamedMax);
  return { files, bytes, skipped, limited, findings: findings.length, filesNamed };
}

async function reply(directory: string, reportFile: string, limits: Limits): Promise<ScanReply> {
  try {
    return { ok: true, summary: await scan(resolve(directory), reportFile, limits) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

endWithParent();
const [directory, reportFile, ...limits] = process.argv.slice(2);
const [cpuMax, memoryMaxMB] = limits.map(Number);
if (directory === undefined || reportFile === undefined || cpuMax === undefined || memoryMaxMB === undefined) {
  console.error('usage: node scan-child.js DIRECTORY REPORT_FILE CPU_MAX MEMORY_MAX_MB');
  process.exitCode = 2;
} else {
  process.stdout.write(JSON.stringify(await reply(directory, reportFile, { cpuMax, memoryMaxMB })));
}
