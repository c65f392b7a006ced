// Where browsers tell what the console's content-security-policy kept from happening. Anybody can send such a report, and none can be
// believed: the collector's own log gets a few a minute, cut short, and the rest as a number.
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { FailureTally } from '../auth/failure-tally.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../own-log/journal.ts';
import { Refusal } from '../refusal.ts';
import { problemAnswers } from '../routes/problem-answers.ts';

/** Where it is. */
export const cspReportPath = '/v1/csp-report';

const bodyBytesMax = 16 * 1024;
const reportsMax = 20;
const textUnitsMax = 200;
/** Kinds of reports that are told apart within a minute. */
const kindsMax = 10;
/** Of the Reporting API, and of report-uri. */
const mediaTypes = ['application/reports+json', 'application/csp-report'];

export interface CspReportParts {
  readonly journal: Journal;
  readonly clock: Clock;
}

/** `POST /v1/csp-report` */
export function addCspReportRoute(app: FastifyInstance, { journal, clock }: CspReportParts): void {
  const tally = new FailureTally(journal, clock, kindsMax);
  app.addHook('onClose', async () => tally.settle());
  void app.register(async (own) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser(mediaTypes, { parseAs: 'string', bodyLimit: bodyBytesMax }, (_request, body, done) => done(null, body));
    const schema = {
      summary: "Takes what a browser tells of the console's content-security-policy",
      security: [],
      response: { 204: { description: 'Taken.' }, ...problemAnswers('BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED') },
      consumes: mediaTypes,
      body: Type.Unsafe<unknown>({}),
    };
    own.post(cspReportPath, { schema, bodyLimit: bodyBytesMax }, async (request, reply) => {
      for (const details of violationsOf(request.body)) {
        const { directive, blocked } = details;
        tally.add(`${directive}\n${blocked}`, {
          type: 'csp_violation',
          severity: 'WARN',
          message: `A browser kept the console from something: ${directive}`,
          outcome: 'denied',
          details: { ...details, address: request.ip },
        });
      }
      return reply.code(204).send();
    });
  });
}

interface Violation {
  readonly directive: string;
  readonly blocked: string;
  readonly page: string;
  readonly source: string;
}

/** The violations that a body tells of. @throws Refusal REQUEST_MALFORMED */
function violationsOf(body: unknown): readonly Violation[] {
  let value: unknown;
  try {
    value = JSON.parse(typeof body === 'string' ? body : '');
  } catch (cause) {
    throw new Refusal('REQUEST_MALFORMED', 'the report is not JSON', { cause });
  }
  if (!Array.isArray(value)) {
    const report = memberOf(value, 'csp-report');
    if (typeof report !== 'object' || report === null) return [];
    const violation = {
      directive: textOf(memberOf(report, 'effective-directive') ?? memberOf(report, 'violated-directive')),
      blocked: addressOf(memberOf(report, 'blocked-uri')),
      page: addressOf(memberOf(report, 'document-uri')),
      source: addressOf(memberOf(report, 'source-file')),
    };
    return [violation];
  }
  const reports: readonly unknown[] = value.slice(0, reportsMax);
  return reports
    .filter((report) => memberOf(report, 'type') === 'csp-violation')
    .map((report) => memberOf(report, 'body'))
    .map((report) => ({
      directive: textOf(memberOf(report, 'effectiveDirective')),
      blocked: addressOf(memberOf(report, 'blockedURL')),
      page: addressOf(memberOf(report, 'documentURL')),
      source: addressOf(memberOf(report, 'sourceFile')),
    }));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, textUnitsMax) : '';
}

/** Without its query: what somebody searched for is not for this log. */
function addressOf(value: unknown): string {
  return textOf(typeof value === 'string' ? value.replace(/[?#].*$/s, '') : value);
}
