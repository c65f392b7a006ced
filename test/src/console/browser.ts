// The browser of all tests: Debian's.
import { accessSync, constants } from 'node:fs';
import { sessionPath } from '@agent-audit/log';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { cannotCollect } from '../collector/collector.ts';

const executablePath = '/usr/bin/chromium';

/** Why the tests of pages cannot run here; false where they can. */
export const cannotBrowse: string | false = cannotCollect === false ? withoutChromium() : cannotCollect;

function withoutChromium(): string | false {
  try {
    accessSync(executablePath, constants.X_OK);
    return false;
  } catch {
    return `there is no ${executablePath}`;
  }
}

/** Opens it. There is no sandbox for root, and nothing but the processor to draw with. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** Signs somebody in at the collector there, as the console's own page does. */
export async function signIn(person: BrowserContext, url: string, token: string): Promise<void> {
  const headers = { origin: url, 'x-agent-audit': '1' };
  const answer = await person.request.post(`${url}${sessionPath}`, { data: { token }, headers });
  if (!answer.ok()) throw new Error(`nobody is signed in: ${answer.status()} ${await answer.text()}`);
}
