import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Finding, formatSarif } from './sarif.ts';

const finding = (file: string, ruleId: string, kind: string): Finding => ({
  file,
  ruleId,
  kind,
  level: 'error',
  region: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 },
});

const scan = {
  reportId: '5b0c1f7e-3c55-4a55-9f0e-0c8f6a4c9d11',
  directory: '/srv/my project',
  startedAt: new Date('2026-11-24T10:00:00.000Z'),
  endedAt: new Date('2026-11-24T10:00:01.500Z'),
};

test('a report is one SARIF 2.1.0 run: tool, invocation, the directory, and every finding at its place', () => {
  const token = { ...finding('config/a.yml', 'rule-b', 'Token'), helpUri: 'https://example.org/rule-b' };
  const findings = [token, finding('b #1.ts', 'rule-a', 'Key'), token];
  const region = { startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 };
  const result = (ruleIndex: number, ruleId: string, kind: string, uri: string): unknown => ({
    ruleId,
    ruleIndex,
    level: 'error',
    message: { text: `Possible secret: ${kind}` },
    locations: [{ physicalLocation: { artifactLocation: { uri, uriBaseId: 'SCANNED' }, region } }],
  });
  const rules = [{ id: 'rule-b', helpUri: 'https://example.org/rule-b' }, { id: 'rule-a' }];
  assert.deepEqual(JSON.parse(formatSarif({ ...scan, findings })), {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'secretlint', informationUri: 'https://github.com/secretlint/secretlint', rules } },
        automationDetails: { guid: scan.reportId },
        invocations: [{ executionSuccessful: true, startTimeUtc: '2026-11-24T10:00:00.000Z', endTimeUtc: '2026-11-24T10:00:01.500Z' }],
        originalUriBaseIds: { SCANNED: { uri: 'file:///srv/my%20project/' } },
        columnKind: 'utf16CodeUnits',
        results: [
          result(0, 'rule-b', 'Token', 'config/a.yml'),
          result(1, 'rule-a', 'Key', 'b%20%231.ts'),
          result(0, 'rule-b', 'Token', 'config/a.yml'),
        ],
      },
    ],
  });
});

test('a clean directory has a report too', () => {
  const report: unknown = JSON.parse(formatSarif({ ...scan, findings: [] }));
  const { runs } = report as { runs: { results: unknown[] }[] };
  assert.deepEqual(runs[0]?.results, []);
});
