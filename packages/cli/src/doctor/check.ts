/** What one look at the set-up found. */
export interface Check {
  readonly name: string;
  /** fine · worth knowing · to be mended */
  readonly state: 'fine' | 'note' | 'wrong';
  /** What is there. */
  readonly text: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** Nothing is to be said about it. */
export function fine(name: string, text: string): Check {
  return { name, state: 'fine', text };
}

/** Worth knowing, and no reason to fail. */
export function note(name: string, text: string, todo?: string): Check {
  return { name, state: 'note', text, ...(todo !== undefined && { todo }) };
}

/** To be mended. */
export function wrong(name: string, text: string, todo: string): Check {
  return { name, state: 'wrong', text, todo };
}
