// Members of JSON that somebody else wrote: anything may be missing, or of another kind.

/** An object's members. */
export type Members = Readonly<Record<string, unknown>>;

/** The members of a value; none where it is no object. */
export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** The members of an object's text; none where it is none. */
export function parseMembers(text: string): Members {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** A text; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A number; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
