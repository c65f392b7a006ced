#!/usr/bin/env node
// Builds dist/public, but only where something that goes into it has changed: vite takes seconds, and `npm run build` is run often.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = dirname(fileURLToPath(import.meta.url));
const stamp = join(root, 'dist', '.bundled');

/** All that the result depends on: sources, the packages that they import, and the versions of all others. */
const folders = ['src', 'public', '../log/dist', '../search/dist'];
const files = ['index.html', 'vite-config.mjs', 'build.mjs', 'evidence-template.mjs', '../../package-lock.json'];

function filesOf(folder) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return names.filter((name) => !/\.test\.|\.d\.ts$|\.map$|\.tsbuildinfo$/.test(name));
}

function fingerprint() {
  const hash = createHash('sha256');
  const names = [...folders.flatMap(filesOf), ...files.map((name) => join(root, name))].toSorted();
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(name)).update('\0');
  return hash.digest('hex');
}

/** A smaller file is not worth a second one. */
const compressedBytesMin = 512;

/** Puts `NAME.br` and `NAME.gz` beside each file that they make smaller: the collector sends whichever a browser takes. */
function compress(folder) {
  for (const name of filesOf(folder)) {
    const plain = readFileSync(name);
    if (plain.length < compressedBytesMin) continue;
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
    const forms = { br: brotliCompressSync(plain, { params }), gz: gzipSync(plain, { level: constants.Z_BEST_COMPRESSION }) };
    for (const [ending, bytes] of Object.entries(forms)) if (bytes.length < plain.length) writeFileSync(`${name}.${ending}`, bytes);
  }
}

const wanted = fingerprint();
const isFresh = existsSync(join(root, 'dist/public/index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
if (!isFresh) {
  const [{ build }, { viteConfig }] = await Promise.all([import('vite'), import('./vite-config.mjs')]);
  await build({ ...viteConfig, logLevel: 'warn' });
  const { buildEvidenceTemplate } = await import('./evidence-template.mjs');
  await buildEvidenceTemplate();
  compress('dist/public');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}
