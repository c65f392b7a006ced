// The end of the process. Loggers that are open seal what they have in the exit hook, which runs at a natural end, process.exit,
// an uncaught throw and an unhandled rejection; not at a signal, unless handleSignals asks for it.
import { constants } from 'node:os';
import { writeStandardError } from './disk.ts';
import { messageOf } from './error.ts';

interface Endable {
  /** Synchronous: nothing can be awaited at exit. */
  exit(): void;
  stop(): Promise<void>;
}

const open = new Set<Endable>();
const onSignals = new Set<Endable>();
const signals = ['SIGTERM', 'SIGINT'] as const;

const atExit = (): void => {
  for (const logger of open) {
    try {
      logger.exit();
    } catch (error) {
      // The others still have lines to seal. A warning would come too late to be shown.
      writeStandardError(`agent-audit: a log could not be closed at exit: ${messageOf(error)}\n`);
    }
  }
};

const atSignal = (signal: NodeJS.Signals): void => {
  void Promise.allSettled([...onSignals].map((logger) => logger.stop())).then(() => {
    // Whoever else listens decides what the signal means. Nobody: it ends the process, as it would have.
    if (process.listenerCount(signal) > 0) return;
    // Process 1, as which a container's program runs, is spared a signal that it does not handle.
    if (process.pid === 1) process.exit(128 + constants.signals[signal]);
    process.kill(process.pid, signal);
  });
};

/** Seals this logger when the process ends. */
export function watchExit(logger: Endable, handleSignals: boolean): void {
  if (open.size === 0) process.on('exit', atExit);
  open.add(logger);
  if (!handleSignals) return;
  if (onSignals.size === 0) for (const signal of signals) process.on(signal, atSignal);
  onSignals.add(logger);
}

/** The logger has stopped. */
export function unwatchExit(logger: Endable): void {
  open.delete(logger);
  if (open.size === 0) process.off('exit', atExit);
  if (!onSignals.delete(logger) || onSignals.size > 0) return;
  for (const signal of signals) process.off(signal, atSignal);
}
