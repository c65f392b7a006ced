#!/usr/bin/env node
// Builds dist/public, but only where something that goes into it has changed: vite takes seconds, and `npm run build` is run often.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const wanted = fingerprint();
const isFresh = existsSync(join(root, 'dist/public/index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
if (!isFresh) {
  const [{ build }, { viteConfig }] = await Promise.all([import('vite'), import('./vite-config.mjs')]);
  await build({ ...viteConfig, logLevel: 'warn' });
  const { buildEvidenceTemplate } = await import('./evidence-template.mjs');
  await buildEvidenceTemplate();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}
