// For tests only: a folder as vite builds one.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

export const script: string = `console.log('${'agent-audit '.repeat(100)}');\n`;
export const page = '<!doctype html><title>agent-audit</title><script type="module" src="./assets/index-CaP0Xj0Q.js"></script>';
export const icon = '<svg xmlns="http://www.w3.org/2000/svg"/>';

/** Every route that it makes, as the walk over all routes knows them. */
export const consoleRoutes: readonly string[] = ['/', '/assets/:file', '/icon.svg'].flatMap((url) => [`GET ${url}`, `HEAD ${url}`]);

/** Writes one into a folder that is not there yet. */
export function writeConsole(folder: string): string {
  const files: Readonly<Record<string, string | Buffer>> = {
    'index.html': page,
    'icon.svg': icon,
    'assets/index-CaP0Xj0Q.js': script,
    'assets/index-CaP0Xj0Q.js.br': brotliCompressSync(script),
    'assets/index-CaP0Xj0Q.js.gz': gzipSync(script),
    'assets/index-Criiv1wV.css': 'body { color: red }',
    'assets/plain.js': 'plain()',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
