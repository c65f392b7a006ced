// The console as the collector serves it: below whatever path it has, with a policy that lets a page load nothing but these files and ask
// nobody but this collector.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CollectorConfig } from '../config/config.ts';
import { Refusal } from '../refusal.ts';
import { type ConsoleFile, type ConsoleFiles, indexPath } from './console-files.ts';
import { cspReportPath } from './csp-report-route.ts';
import { accepts, has, wantsPage } from './negotiation.ts';

export interface ConsoleParts {
  /** undefined: it is not installed. */
  readonly files: ConsoleFiles | undefined;
  readonly config: Pick<CollectorConfig, 'pathPrefix'>;
}

const method = ['GET', 'HEAD'];
/** The pages are no part of the API that is described. */
const schema = { hide: true };
const yearSeconds = 31_536_000;

const missing = `This collector runs, and has no console: the package @agent-audit/console is not installed beside @agent-audit/collector.

  npm install --global @agent-audit/console

Programs ask under /v1: see /v1/openapi.json. A terminal reads the same: agent-audit query --collector URL
`;

/** Serves `/` and every file of the console. */
export function addConsoleRoutes(app: FastifyInstance, { files, config: { pathPrefix } }: ConsoleParts): void {
  const root = `${pathPrefix}/`;
  const index = files?.get(indexPath);
  app.route({
    method,
    url: '/',
    schema,
    handler: async (request, reply) => {
      // Without the slash, everything that the page names would be looked for one level too high.
      if (pathPrefix !== '' && pathOf(request.originalUrl) === pathPrefix) return reply.redirect(root, 308);
      if (index === undefined) return reply.type('text/plain; charset=utf-8').send(missing);
      return sendFile(request, reply.headers(pageHeaders(pathPrefix)), index);
    },
  });
  const folders = new Set<string>();
  for (const [path, file] of files ?? []) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (path === indexPath || folders.has(folder)) continue;
    if (folder === '') {
      app.route({ method, url: path, schema, handler: async (request, reply) => sendFile(request, reply, file) });
      continue;
    }
    folders.add(folder);
    app.route<{ Params: { file: string } }>({
      method,
      url: `${folder}/:file`,
      schema,
      handler: async (request, reply) => {
        const found = files?.get(`${folder}/${request.params.file}`);
        if (found === undefined) throw new Refusal('NOT_FOUND', 'the console has no such file; load its page again: it may be a newer one');
        return sendFile(request, reply, found);
      },
    });
  }
}

/** Leads a person who opens a page of the console by its path to that page; false for everybody and everything else. */
export function redirectToPage({ files, config }: ConsoleParts, request: FastifyRequest, reply: FastifyReply): boolean {
  const { method: verb, url, headers } = request;
  const isPage = (verb === 'GET' || verb === 'HEAD') && wantsPage(headers.accept);
  if (files === undefined || !isPage || /^\/(?:v\d+|assets)(?:\/|$)/.test(pathOf(url))) return false;
  // The console keeps its own place behind the #, which no server is told.
  void reply.redirect(`${config.pathPrefix}/#${url}`, 302);
  return true;
}

function pathOf(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path;
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  const { headers } = request;
  const body = file.bodies.find(({ encoding }) => accepts(headers['accept-encoding'], encoding));
  if (body === undefined) throw new TypeError('a file has no plain body');
  const { encoding, bytes } = body;
  const tag = encoding === 'identity' ? `"${file.sha256}"` : `"${file.sha256}-${encoding}"`;
  void reply
    .header('cache-control', file.isImmutable ? `public, max-age=${yearSeconds}, immutable` : 'no-cache')
    .header('etag', tag);
  if (file.bodies.length > 1) void reply.header('vary', 'accept-encoding');
  if (has(headers['if-none-match'], tag)) return reply.code(304).send();
  if (encoding !== 'identity') void reply.header('content-encoding', encoding);
  return reply.type(file.mediaType).send(bytes);
}

/** For the page itself; everything else is not run as one. */
function pageHeaders(pathPrefix: string): Readonly<Record<string, string>> {
  const reports = `${pathPrefix}${cspReportPath}`;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    'report-to csp',
    // For browsers that do not know report-to.
    `report-uri ${reports}`,
  ];
  return { 'content-security-policy': policy.join('; '), 'reporting-endpoints': `csp="${reports}"` };
}
