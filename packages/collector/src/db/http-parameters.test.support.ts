// Values of a statement as ClickHouse's HTTP interface takes them, made into what chDB takes.

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', '0': '\0' };

/** The value of `param_name=…`: a text with escapes, or a list. */
export function valueOfParameter(text: string): string | readonly (string | bigint)[] {
  return text.startsWith('[') ? listOf(text) : unescape(text);
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, character: string) => escapes[character] ?? character);
}

function listOf(text: string): readonly (string | bigint)[] {
  const items: (string | bigint)[] = [];
  for (const [, quoted, bare] of text.slice(1, -1).matchAll(/'((?:[^'\\]|\\.)*)'|([^',]+)/gs)) {
    if (quoted !== undefined) items.push(unescape(quoted));
    else if (bare !== undefined) items.push(BigInt(bare));
  }
  return items;
}

/** The fields of a form of type multipart/form-data. */
export function partsOf(body: string, contentType: string): readonly (readonly [name: string, value: string])[] {
  const boundary = `--${/boundary="?([^";]+)/.exec(contentType)?.[1] ?? ''}`;
  return body.split(boundary).flatMap((part) => {
    const [, name, value] = /^\r\n.*?name="([^"]*)".*?\r\n\r\n(.*)\r\n$/s.exec(part) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}
