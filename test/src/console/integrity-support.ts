// A real collector with one real agent, and a real browser in front of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@agent-audit/collector';
import { createLogger } from 'agent-audit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { Reader } from '../collector/reader.ts';
import { openBrowser, signIn } from './browser.ts';

/** What a test has. */
export interface Desk {
  readonly collector: Collector;
  readonly browser: Browser;
  readonly folder: string;
  /** 32 hex digits: the log of the agent `scanner-7`, 41 lines at least; job j-42 is in it. */
  readonly logId: string;
  readonly vkey: string;
  readonly token: string;
  readonly close: () => Promise<void>;
}

/** Opens it, with everything shipped and witnessed. */
export async function openDesk(): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-desk-'));
  const collector = await startCollector({ dataFolder: join(folder, 'data'), port: 0 }, { env: {} });
  const { admin = '', ingest = '' } = collector.firstTokens ?? {};
  const audit = createLogger({
    agentId: 'scanner-7',
    logFile: join(folder, 'audit.log'),
    remoteEndpoint: collector.url,
    remoteToken: ingest,
    env: false,
  });
  const markup = '<b>&amp;</b></script>';
  for (let n = 0; n < 36; n++) audit.info('scan_progress', `Host ${n} of 36 scanned`, { host: `web-${n}`, markup });
  await audit.operation({ type: 'job', jobId: 'j-42', message: 'Scan of web-01' }, async () => undefined);
  await audit.flush();
  await waitFor('all is shipped', () => audit.health().remote?.size === audit.health().size);
  const reader = new Reader(() => collector.url, admin);
  const token = (await reader.makeToken(['read'])).secret;
  const agent = (await reader.agents()).find((one) => one.agent === 'scanner-7');
  if (agent === undefined) throw new Error('the collector does not know the agent');
  const browser = await openBrowser();
  const close = async (): Promise<void> => {
    await browser.close();
    await audit.stop();
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { collector, browser, folder, logId: agent.log, vkey: agent.vkey, token, close };
}

/** A page of somebody who is signed in, at a place of the console such as `/integrity`. */
export async function openPage(desk: Desk, context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  const { url } = desk.collector;
  await signIn(context, url, desk.token);
  await page.goto(`${url}/#${path}`);
  return page;
}
