// A whole collector in a process of its own: `node collector-process.js FOLDER`. Prints a line of JSON when it listens (CollectorReady);
// closes when its stdin ends, and prints another one (CollectorCost).
import { once } from 'node:events';
import { startCollector } from '@agent-audit/collector';

/** Where it listens, and what its store held when it opened. */
export interface CollectorReady {
  readonly url: string;
  /** For agents; '' where the folder has tokens already. */
  readonly token: string;
  /** For whoever reads; '' likewise. */
  readonly admin: string;
  readonly events: number;
}

/** What it cost from when it listened until it was to end. */
export interface CollectorCost {
  readonly cpuUs: number;
  readonly rssMaxMiB: number;
}

function tell(what: CollectorReady | CollectorCost): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

const [folder = ''] = process.argv.slice(2);
const collector = await startCollector({ dataFolder: folder, port: 0 }, { env: {} });
const before = process.cpuUsage();
const { ingest: token = '', admin = '' } = collector.firstTokens ?? {};
tell({ url: collector.url, token, admin, events: collector.stored.events });
process.stdin.resume();
await once(process.stdin, 'end');
const { user, system } = process.cpuUsage(before);
const rssMaxMiB = process.resourceUsage().maxRSS / 1024;
await collector.close();
tell({ cpuUs: user + system, rssMaxMiB });
