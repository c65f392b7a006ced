import { once } from 'node:events';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Sink } from '../contender.ts';
import { agentId, jobId } from '../event.ts';

type Options = Parameters<typeof pino>[0];
type DestinationOptions = Parameters<typeof pino.destination>[0];

function open(options: Options, destinationOptions: DestinationOptions): Sink {
  const destination = pino.destination(destinationOptions);
  // Bound once, as pino's documentation asks for what repeats: a child keeps its bindings as text.
  const logger = pino(options, destination).child({ job_id: jobId });
  return {
    log: ({ type, message, details }) => logger.info({ type, details }, message),
    finish: async () => {
      const closed = once(destination, 'close');
      destination.end();
      await closed;
    },
    close: async () => {},
  };
}

/** pino as its documentation starts: a write for every line, pid and host name, here with the ISO time an audit log needs. */
export function openPinoSync(folder: string): Sink {
  return open({ timestamp: pino.stdTimeFunctions.isoTime }, { dest: join(folder, 'pino.log'), sync: true });
}

/** pino as its documentation on asynchronous logging sets it up. */
export function openPinoAsync(folder: string): Sink {
  return open({ timestamp: pino.stdTimeFunctions.isoTime }, { dest: join(folder, 'pino.log'), sync: false, minLength: 4096 });
}

/** The fastest that pino was found to be: epoch time, base bound to the one field needed, 4 KiB collected, written synchronously. */
export function openPinoFastest(folder: string): Sink {
  const options = { base: { agent_id: agentId }, timestamp: pino.stdTimeFunctions.epochTime };
  return open(options, { dest: join(folder, 'pino.log'), sync: true, minLength: 4096 });
}

/** The same with four paths to redact, which is what pino has for secrets: it looks at these places, and not into texts. */
export function openPinoRedacting(folder: string): Sink {
  const options = { base: { agent_id: agentId }, timestamp: pino.stdTimeFunctions.epochTime };
  const redact = ['details.password', 'details.token', 'details.*.secret', 'details.authorization'];
  return open({ ...options, redact }, { dest: join(folder, 'pino.log'), sync: true, minLength: 4096 });
}
