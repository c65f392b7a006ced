import { pathToFileURL } from 'node:url';

/** One place where a secret seems to stand: where and of which kind, but never the secret itself. */
export interface Finding {
  /** Relative to the scanned directory, with forward slashes. */
  readonly file: string;
  readonly ruleId: string;
  readonly helpUri?: string;
  /** What kind of secret the rule took it for. */
  readonly kind: string;
  readonly level: 'error' | 'warning' | 'note';
  /** Lines and columns from 1; the end column is the one after the last character. */
  readonly region: { readonly startLine: number; readonly startColumn: number; readonly endLine: number; readonly endColumn: number };
}

/** One finished scan, as a report tells of it. */
export interface Scan {
  readonly reportId: string;
  readonly directory: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly findings: readonly Finding[];
}

/** Writes a scan as a log of the Static Analysis Results Interchange Format (OASIS SARIF 2.1.0), with one run. */
export function formatSarif({ reportId, directory, startedAt, endedAt, findings }: Scan): string {
  const rules = [...new Map(findings.map(({ ruleId, helpUri }) => [ruleId, { id: ruleId, ...(helpUri && { helpUri }) }])).values()];
  const ruleIds = rules.map(({ id }) => id);
  const results = findings.map(({ file, ruleId, kind, level, region }) => ({
    ruleId,
    ruleIndex: ruleIds.indexOf(ruleId),
    level,
    message: { text: `Possible secret: ${kind}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: toUri(file), uriBaseId: 'SCANNED' }, region } }],
  }));
  const run = {
    tool: { driver: { name: 'secretlint', informationUri: 'https://github.com/secretlint/secretlint', rules } },
    automationDetails: { guid: reportId },
    invocations: [{ executionSuccessful: true, startTimeUtc: startedAt.toISOString(), endTimeUtc: endedAt.toISOString() }],
    originalUriBaseIds: { SCANNED: { uri: `${pathToFileURL(directory).href}/` } },
    columnKind: 'utf16CodeUnits',
    results,
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const toUri = (file: string): string => file.split('/').map(encodeURIComponent).join('/');
