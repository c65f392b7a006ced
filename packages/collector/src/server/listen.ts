import type { FastifyInstance } from 'fastify';
import { isIPv6 } from 'node:net';
import type { CollectorConfig } from '../config/config.ts';
import { CollectorError, messageOf } from '../config/error.ts';

/**
 * Listens, and tells the address that agents on this machine would use.
 * @throws CollectorError ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function listen(app: FastifyInstance, { host, port, tls, pathPrefix }: CollectorConfig): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw toCollectorError(cause, host, port);
  }
  const address = app.server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${name}:${listening}${pathPrefix}`;
}

function toCollectorError(cause: unknown, host: string, port: number): CollectorError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    const instead = 'Stop it, or give another port (--port; 0 takes a free one)';
    return new CollectorError('ADDRESS_IN_USE', `something listens at ${host}:${port} already: another collector? ${instead}`, { cause });
  }
  return new CollectorError('ADDRESS_UNUSABLE', `cannot listen at ${host}:${port}: ${messageOf(cause)}`, { cause });
}
