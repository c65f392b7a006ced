// A small front that speaks ClickHouse's HTTP protocol and lets chDB do the work, so that the remote adapter meets a real ClickHouse
// where no server can be had. A process of its own: `node …front… FOLDER [USER PASSWORD]` prints its address. Queries and inserts are
// chDB's; what is the front's own: a user and a password, `KILL QUERY` (waits for the inserts under way), that an insert which holds
// `cut off here` is done and never answered, and that `/deny?all=TEXT` and `/deny?inserts=TEXT` make it refuse with that text (empty: no
// more), as a server does whose user has lost its rights.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Session } from 'chdb';
import { partsOf, valueOfParameter } from './http-parameters.test.support.ts';
import { settingsClause } from './settings.ts';

const [folder = '', user = 'default', password = ''] = process.argv.slice(2);
const sessions = new Map<string, Session>();
const inserts = new Set<Promise<unknown>>();
/** Names that are no settings of the database. */
const ofHttp = new Set(['query', 'database', 'query_id', 'default_format', 'wait_end_of_query', 'session_id', 'enable_http_compression']);
/** What a chDB takes when it is opened, and not with a statement. */
const refusedSettings = new Set(['log_comment']);

async function sessionOf(database: string): Promise<Session> {
  const open = sessions.get(database) ?? new Session(folder);
  if (!sessions.has(database)) await open.queryAsync(`USE ${database}`);
  sessions.set(database, open);
  return open;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Parameters from the address, and from a form where the client sends one. */
async function readRequest(request: IncomingMessage): Promise<{ readonly parameters: URLSearchParams; readonly body: Buffer }> {
  const parameters = new URL(request.url ?? '/', 'http://front').searchParams;
  const body = await bodyOf(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return { parameters, body };
  let query = '';
  for (const [name, value] of partsOf(body.toString('utf8'), type)) {
    if (name === 'query') query = value;
    else parameters.set(name, value);
  }
  return { parameters, body: Buffer.from(query) };
}

function isKnown({ authorization = '', ...headers }: IncomingMessage['headers']): boolean {
  const basic = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  const { 'x-clickhouse-user': name, 'x-clickhouse-key': key } = headers;
  const told = name === undefined ? basic : `${String(name)}:${String(key)}`;
  return told === `${user}:${password}`;
}

function settingsOf(parameters: URLSearchParams): Record<string, string | number> {
  const settings = [...parameters].filter(([name]) => !name.startsWith('param_') && !ofHttp.has(name) && !refusedSettings.has(name));
  return Object.fromEntries(settings.map(([name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value]));
}

const insertHead = /^\s*INSERT INTO (?<table>\w+) \((?<columns>[\w, ]+)\) FORMAT (?<format>\w+)\s*/;

interface Answer {
  readonly bytes: Uint8Array;
  readonly writtenRows: number;
}

async function answer(parameters: URLSearchParams, body: Buffer): Promise<Answer> {
  const session = await sessionOf(parameters.get('database') ?? 'default');
  const query = parameters.get('query');
  const insert = query === null ? null : insertHead.exec(query);
  if (insert?.groups !== undefined) {
    const { table = '', columns = '', format = '' } = insert.groups;
    if (format !== 'TabSeparated' && format !== 'JSONEachRow') {
      throw new Error(`Code: 73. DB::Exception: Unknown format ${format}. (UNKNOWN_FORMAT)`);
    }
    const work = session.insert({ table, columns: columns.split(', '), values: body, format, settings: insertSettingsOf(parameters) });
    inserts.add(work);
    try {
      return { bytes: new Uint8Array(), writtenRows: (await work).rowsWritten };
    } finally {
      inserts.delete(work);
    }
  }
  const text = `${query ?? ''}${body.toString('utf8')}`;
  if (text.startsWith('KILL QUERY')) {
    await Promise.allSettled(inserts);
    return { bytes: new Uint8Array(), writtenRows: 0 };
  }
  return { bytes: await run(session, text, parameters), writtenRows: 0 };
}

/** What inserts may be told beside what holds for all. */
function insertSettingsOf(parameters: URLSearchParams): Record<string, string | number> {
  const { input_format_parallel_parsing: parallel = 0, materialized_views_ignore_errors: ignore = 0 } = settingsOf(parameters);
  return { input_format_parallel_parsing: parallel, materialized_views_ignore_errors: ignore };
}

async function run(session: Session, text: string, parameters: URLSearchParams): Promise<Uint8Array> {
  const [, sql = text, format = 'TabSeparated'] = /^(.*?)\s+FORMAT (\w+)\s*;?\s*$/s.exec(text) ?? [];
  const isSelect = /^\s*(?:SELECT|WITH|EXPLAIN)\b/.test(sql);
  const isAlter = /^\s*ALTER\b/.test(sql);
  const { mutations_sync: sync = 2, ...settings } = settingsOf(parameters);
  const clause = isSelect ? settingsClause(settings) : isAlter ? settingsClause({ mutations_sync: sync }) : '';
  const bound = [...parameters].filter(([name]) => name.startsWith('param_'));
  const values = Object.fromEntries(bound.map(([name, value]) => [name.slice('param_'.length), valueOfParameter(value)]));
  const result =
    bound.length === 0
      ? await session.queryAsync(`${sql}${clause}`, { format })
      : await session.queryBindAsync(`${sql}${clause}`, values, { format });
  return result.bytes();
}

function fail(response: ServerResponse, status: number, message: string): void {
  const code = /^Code: (\d+)/.exec(message)?.[1] ?? '0';
  response.writeHead(status, { 'X-ClickHouse-Exception-Code': code, 'Content-Type': 'text/plain' }).end(`${message}\n`);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/ping') {
    response.end('Ok.\n');
    return;
  }
  if (request.url?.startsWith('/deny?') === true) {
    const { searchParams } = new URL(request.url, 'http://front');
    for (const what of ['all', 'inserts'] as const) denied[what] = searchParams.get(what) ?? denied[what];
    response.end('Ok.\n');
    return;
  }
  const { parameters, body } = await readRequest(request);
  const why = denied.all || (insertHead.test(parameters.get('query') ?? '') ? denied.inserts : '');
  if (why !== '') {
    fail(response, 500, why);
    return;
  }
  if (!isKnown(request.headers)) {
    fail(response, 403, `Code: 516. DB::Exception: ${user}: Authentication failed. (AUTHENTICATION_FAILED)`);
    return;
  }
  try {
    const { bytes, writtenRows } = await answer(parameters, body);
    const summary = JSON.stringify({ read_rows: '0', read_bytes: '0', written_rows: String(writtenRows), written_bytes: '0' });
    // A client that asks for it never hears what became of its insert.
    if (writtenRows > 0 && body.includes('cut off here')) {
      request.socket.destroy();
      return;
    }
    response.writeHead(200, { 'X-ClickHouse-Summary': summary }).end(bytes);
  } catch (error) {
    fail(response, 500, error instanceof Error ? error.message : String(error));
  }
}

const denied = { all: '', inserts: '' };
const server = createServer({ maxHeaderSize: 1_048_576 }, (request, response) => {
  serve(request, response).catch((error: unknown) => {
    response.destroy(error instanceof Error ? error : new Error(String(error)));
  });
});
await sessionOf('default');
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
// It lives as long as who started it: the pipe ends with that.
process.stdin.on('end', () => process.exit(0)).resume();
