// Makes dist/public/evidence-file.html: the template of a file that holds evidence and verifies it. All of its program and style is within
// it, and its policy lets it run just that program and load nothing. The console fetches it only when somebody exports evidence.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './vite-config.mjs';

const folder = join(root, 'src/evidence/file');

async function bundle() {
  const [result] = [
    await build({
      configFile: false,
      root,
      publicDir: false,
      logLevel: 'warn',
      build: {
        write: false,
        target: 'es2023',
        minify: true,
        reportCompressedSize: false,
        lib: { entry: join(folder, 'main.ts'), formats: ['iife'], name: 'evidence' },
      },
    }),
  ].flat();
  const [chunk, ...more] = result.output;
  if (chunk?.type !== 'chunk' || more.length > 0) throw new Error('the program of evidence files was not built as one piece');
  return chunk.code;
}

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Puts texts into a text, as they are: a program may hold `$&`. */
function fill(text, parts) {
  return Object.entries(parts).reduce((filled, [place, part]) => {
    const [before, after, ...more] = filled.split(place);
    if (after === undefined || more.length > 0) throw new Error(`the template of evidence files must have ${place} once`);
    return before + part + after;
  }, text);
}

/** Builds the template. */
export async function buildEvidenceTemplate() {
  const script = await bundle();
  if (/<\/script|<!--/i.test(script)) throw new Error('the program of evidence files would end its own element');
  const style = readFileSync(join(root, 'src/ui/tokens.css'), 'utf8') + readFileSync(join(folder, 'style.css'), 'utf8');
  const allowed = [`script-src ${hashOf(script)}`, `style-src ${hashOf(style)}`];
  const policy = [`default-src 'none'`, ...allowed, `base-uri 'none'`, `form-action 'none'`];
  const template = readFileSync(join(folder, 'template.html'), 'utf8');
  const made = fill(template, { '@POLICY@': policy.join('; '), '@STYLE@': style, '@SCRIPT@': script });
  writeFileSync(join(root, 'dist/public/evidence-file.html'), made);
}
