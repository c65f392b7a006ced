/** An event as it stands on a line: a JSON object with the names of the wire. */
export type WireEvent = Readonly<Record<string, unknown>>;

/** The event of a line; undefined where the line is not one JSON object. */
export function parseEvent(line: string): WireEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is WireEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

// Both walks keep their own stack: a line of 64 KiB can nest deeper than calls can.

/** Every text of an event, at any depth; not the names of its fields. */
export function* textsOf(event: WireEvent): Generator<string> {
  const open: unknown[] = [event];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') yield value;
    else if (isList(value)) for (const item of value) open.push(item);
    else if (isObject(value)) for (const key of Object.keys(value)) open.push(value[key]);
  }
}

/**
 * The values at a dotted path. A list stands for each of its items, and a key may hold dots itself: `a.b` finds 1 in
 * `{"a":{"b":1}}`, in `{"a.b":1}` and in `{"a":[{"b":1}]}`. Null counts as absent.
 */
export function* valuesAt(event: WireEvent, path: string): Generator {
  const open: { readonly value: unknown; readonly rest: string | undefined }[] = [{ value: event, rest: path }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, rest } = next;
    if (isList(value)) for (const item of value) open.push({ value: item, rest });
    else if (rest === undefined) {
      if (value !== null) yield value;
    } else if (isObject(value)) {
      for (const [key, below] of splits(rest)) if (Object.hasOwn(value, key)) open.push({ value: value[key], rest: below });
    }
  }
}

/** The value at a dotted path: the whole of it may be a key, or its beginning. */
export function valueAt(event: WireEvent, path: string): unknown {
  if (Object.hasOwn(event, path)) return event[path];
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const below = Object.hasOwn(event, path.slice(0, dot)) ? event[path.slice(0, dot)] : undefined;
    const value = isObject(below) ? valueAt(below, path.slice(dot + 1)) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Every way to take a first key off a path: `a.b` is `a` with `b` below it, or all of it is the key. */
function* splits(path: string): Generator<[key: string, rest: string | undefined]> {
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) yield [path.slice(0, dot), path.slice(dot + 1)];
  yield [path, undefined];
}
