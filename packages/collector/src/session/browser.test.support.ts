// For tests only: as much of a browser as sessions have to do with. It keeps cookies as it is told to, and says of every request where it
// comes from, as browsers do.
import { ask, type Answer } from '../server/collector.test.support.ts';

/** Where a page is that sends a request, by the words of Sec-Fetch-Site. */
export type Site = 'same-origin' | 'same-site' | 'cross-site' | 'none';

export class Browser {
  readonly #url: string;
  /** Name to value. */
  readonly cookies: Map<string, string> = new Map();
  /** As the collector sent it last. */
  setCookie = '';

  /** @param url of the collector, without a slash at its end */
  constructor(url: string) {
    this.#url = url;
  }

  async signIn(token: string): Promise<Answer> {
    return this.change('POST', '/v1/session', { token });
  }

  async get(path: string, headers: Readonly<Record<string, string>> = { 'sec-fetch-site': 'same-origin' }): Promise<Answer> {
    return this.send(path, { headers });
  }

  /** As the console changes something. */
  async change(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { 'x-agent-audit': '1', 'sec-fetch-site': 'same-origin' };
    if (body === undefined) return this.send(path, { method, headers });
    return this.send(path, { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  /** Sends just this, and the cookies. */
  async send(path: string, { headers, ...request }: RequestInit): Promise<Answer> {
    const all = { ...Object.fromEntries(new Headers(headers)), ...this.cookieHeader };
    const answer = await ask(this.#url + path, { ...request, headers: all });
    for (const text of answer.headers.getSetCookie()) this.#keep(text);
    return answer;
  }

  get cookieHeader(): { readonly cookie?: string } {
    const pairs = [...this.cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? {} : { cookie: pairs.join('; ') };
  }

  #keep(text: string): void {
    this.setCookie = text;
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    if (/;\s*max-age=0/i.test(text)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
