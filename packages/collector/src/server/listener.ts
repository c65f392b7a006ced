// The socket side: HTTP or HTTPS, and how long anybody may take. A peer that sends a byte at a time is cut off; connections are counted.
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { formatProblem, problemMediaType } from '@agent-audit/log';
import type { CollectorConfig } from '../config/config.ts';
import { CollectorError, messageOf } from '../config/error.ts';
import type { TlsOptions } from '../config/options.ts';

/** How often Node looks for connections that take too long. */
const checkingMs = 1_000;
const headerBytesMax = 16 * 1024;

/**
 * A server that listens nowhere yet.
 * @throws CollectorError TLS_UNUSABLE
 */
export function createListener({ tls, limits }: Pick<CollectorConfig, 'tls' | 'limits'>, handler: RequestListener): Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveMs, connectionsMax } = limits;
  const options = {
    maxHeaderSize: headerBytesMax,
    connectionsCheckingInterval: Math.min(checkingMs, headersTimeoutMs),
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    handshakeTimeout: headersTimeoutMs,
  };
  const server = tls === undefined ? createServer(options, handler) : secureServer(tls, options, handler);
  server.maxConnections = connectionsMax;
  return server;
}

function secureServer(tls: TlsOptions, options: object, handler: RequestListener): TlsServer {
  try {
    return createTlsServer({ ...options, ...readPem(tls), minVersion: 'TLSv1.2' }, handler);
  } catch (cause) {
    if (cause instanceof CollectorError) throw cause;
    const which = `the certificate ${tls.cert} and the key ${tls.key}`;
    throw new CollectorError('TLS_UNUSABLE', `${which} cannot be used: ${messageOf(cause)}. Both are PEM, and belong together`, { cause });
  }
}

/** What the files hold now. */
export function readPem({ cert, key }: TlsOptions): { readonly cert: Buffer; readonly key: Buffer } {
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new CollectorError('TLS_UNUSABLE', `${path} cannot be read: ${messageOf(cause)}`, { cause });
    }
  };
  return { cert: read(cert), key: read(key) };
}

/** Answers what is no request: cut off, too slow, or not HTTP. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(plainAnswer(error.code));
}

function plainAnswer(code: string | undefined): string {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return head(408, 0, '');
    case 'HPE_HEADER_OVERFLOW':
      return head(431, 0, '');
    default: {
      const body = formatProblem('REQUEST_MALFORMED', 'this is not HTTP/1.1; is the address https://, or the port another service\'s?');
      return head(400, Buffer.byteLength(body), `content-type: ${problemMediaType}\r\n`) + body;
    }
  }
}

function head(status: number, bytes: number, headers: string): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${headers}content-length: ${bytes}\r\nconnection: close\r\n\r\n`;
}
