import { statSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Clock, Timer } from '../clock.ts';
import { messageOf } from '../config/error.ts';
import type { TlsOptions } from '../config/options.ts';
import { readPem } from './listener.ts';

const lookMs = 60_000;

type SecureServer = Pick<TlsServer, 'setSecureContext'>;

/** Takes a certificate that was renewed, without a restart: its files are looked at each minute. */
export class CertificateWatch {
  readonly #server: SecureServer;
  readonly #tls: TlsOptions;
  readonly #clock: Clock;
  readonly #onTrouble: (code: string, message: string) => void;
  #seen: string;
  #timer: Timer;

  constructor(server: SecureServer, tls: TlsOptions, clock: Clock, onTrouble: (code: string, message: string) => void) {
    this.#server = server;
    this.#tls = tls;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
    this.#seen = versionOf(tls);
    this.#timer = clock.after(lookMs, () => this.#look());
  }

  close(): void {
    this.#timer.cancel();
  }

  #look(): void {
    this.#timer = this.#clock.after(lookMs, () => this.#look());
    const now = versionOf(this.#tls);
    if (now === this.#seen) return;
    // Seen, whatever it is: one that does not fit is told of once, and tried again when it changes again.
    this.#seen = now;
    try {
      this.#server.setSecureContext({ ...readPem(this.#tls), minVersion: 'TLSv1.2' });
    } catch (error) {
      const message = `the certificate ${this.#tls.cert} has changed and cannot be used: ${messageOf(error)}`;
      this.#onTrouble('TLS_UNUSABLE', `${message}. The one before it is still in use`);
    }
  }
}

/** Watches where there is something to watch. */
export function watchCertificate(
  server: Server,
  tls: TlsOptions | undefined,
  clock: Clock,
  onTrouble: (code: string, message: string) => void,
): CertificateWatch | undefined {
  return tls !== undefined && isSecure(server) ? new CertificateWatch(server, tls, clock, onTrouble) : undefined;
}

function isSecure(server: Server): server is Server & SecureServer {
  return 'setSecureContext' in server;
}

/** What changes when the files do. */
function versionOf({ cert, key }: TlsOptions): string {
  return [cert, key]
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return `${stat?.ino} ${stat?.mtimeMs} ${stat?.size}`;
    })
    .join('\n');
}
