// For tests only: a store of tokens in memory, which can be made to refuse.
import type { TokenRecord, TokenStore } from '../store/store.ts';

export class MemoryTokens implements TokenStore {
  readonly #tokens = new Map<string, TokenRecord>();
  /** What it throws instead of answering. */
  fault: Error | undefined;

  async tokens(): Promise<readonly TokenRecord[]> {
    if (this.fault !== undefined) throw this.fault;
    return [...this.#tokens.values()];
  }

  async put(token: TokenRecord): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    this.#tokens.set(token.tokenId, token);
  }
}
