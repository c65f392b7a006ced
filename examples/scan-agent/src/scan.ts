import { type EventLogger, EventType, type Operation } from 'agent-audit';
import type { Pressure } from './governor.ts';
import { scan, ScanError, type ScanLimits, type ScanSummary } from './scanner.ts';

/** The scan inside of a job. The log learns how many findings there are and in which files, but nothing of what was found. */
export async function scanDirectory(job: Operation, directory: string, reportFile: string, limits: ScanLimits): Promise<ScanSummary> {
  return job.operation({ type: 'scan', details: { scanner: 'secretlint' } }, async (operation) => {
    const { signal } = operation;
    const onPressure = (pressure: Pressure): void => recordPressure(operation, pressure);
    try {
      const summary = await scan({ directory, reportFile, signal, limits, onPressure });
      const { files, bytes, skipped, limited, findings, filesNamed } = summary;
      operation.set({ findings_count: findings, files, bytes, skipped, findings_in: filesNamed });
      if (limited) operation.warn(EventType.ResourceWarning, 'Scan stopped at its limit of files; some are left', { files });
      return summary;
    } catch (error) {
      if (error instanceof ScanError) operation.set({ code: error.code });
      // A part of the agent crashed. The job is lost, the agent is not.
      if (error instanceof ScanError && error.code === 'SCANNER_DIED') {
        operation.error(EventType.AgentError, 'A scanning process died', error);
      }
      throw error;
    }
  });
}

function recordPressure(audit: EventLogger, { step, reason, cpu, memoryMB }: Pressure): void {
  const metrics = { cpu: Math.round(cpu * 100) / 100, memory_mb: memoryMB };
  if (step === 'throttle') audit.resourceThrottle(reason, metrics);
  else if (step === 'warning') audit.warn(EventType.ResourceWarning, `Scan above its limit: ${reason}`, metrics);
  else audit.info(EventType.ResourceResume, 'Scan at full speed again', metrics);
}
