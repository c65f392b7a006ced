// One attempt to send something over HTTP, and what its answer means.

/** Where reports go, and how hard to try. */
export interface Destination {
  readonly url: string;
  readonly token: string;
  readonly chunkBytes: number;
  readonly attemptsMax: number;
  /** How long one attempt may take. */
  readonly attemptTimeoutMs: number;
  /** The longest wait after the first failure; it doubles with each further one, up to backoffMaxMs. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/** How hard this agent tries. Chunks this small show what chunks are; a real agent's are as large as one attempt is wanted to be. */
export const retries: Omit<Destination, 'url' | 'token'> = {
  chunkBytes: 4 * 1024,
  attemptsMax: 4,
  attemptTimeoutMs: 2_000,
  backoffMs: 100,
  backoffMaxMs: 5_000,
};

/** What is sent, and as which kind of thing it is reported. */
export interface Sending {
  readonly what: string;
  readonly path: string;
  readonly method: 'PUT' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string;
}

/** How an attempt ended. `why` says what the other side did. */
export interface Attempt {
  readonly end: 'done' | 'denied' | 'refused' | 'again' | 'limited';
  readonly why: string;
  /** How long the receiver asks to wait. */
  readonly retryAfterMs?: number;
}

/** Sends it once; rejects only where the signal is aborted, with its reason. */
export async function tryOnce({ path, method, headers, body }: Sending, to: Destination, signal: AbortSignal): Promise<Attempt> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(to.attemptTimeoutMs)]);
  try {
    const authorization = `Bearer ${to.token}`;
    const response = await fetch(new URL(path, to.url), { method, headers: { ...headers, authorization }, body, signal: either });
    await response.arrayBuffer();
    return attemptOf(response);
  } catch (error) {
    signal.throwIfAborted();
    if (either.aborted) return { end: 'again', why: `no answer within ${to.attemptTimeoutMs} ms` };
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    return { end: 'again', why: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
}

function attemptOf({ status, ok, headers }: Response): Attempt {
  const why = `answered ${status}`;
  if (ok) return { end: 'done', why };
  if (status === 401 || status === 403) return { end: 'denied', why };
  // Only the form in seconds of RFC 9110 §10.2.3: a date would need the two clocks to agree.
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfter = seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
  if (status === 429) return { end: 'limited', why, ...retryAfter };
  // 422: the bytes were damaged on their way, and are whole here.
  return status === 422 || status >= 500 ? { end: 'again', why, ...retryAfter } : { end: 'refused', why };
}

/** How long to wait after so many attempts. Exponential, with full jitter: agents that failed together do not come back together. */
export function backoffMs(attempts: number, { backoffMs: first, backoffMaxMs }: Destination): number {
  return Math.round(Math.random() * Math.min(backoffMaxMs, first * 2 ** (attempts - 1)));
}
