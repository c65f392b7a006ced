// How vite makes the console: for `build.mjs`, and for `dev.mjs`.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';

/** The package's folder. */
export const root = dirname(fileURLToPath(import.meta.url));

/** Every address is relative, so that the console works below whatever path a collector has. */
export const viteConfig = {
  configFile: false,
  root,
  base: './',
  plugins: [react()],
  build: {
    outDir: 'dist/public',
    emptyOutDir: true,
    target: 'es2023',
    // A data: address would need a hole in the content-security-policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the first page needs comes in two files, and not in twenty that wait for each other.
          groups: [
            { name: 'libraries', test: /node_modules/, tags: ['$initial'] },
            { name: 'index', tags: ['$initial'] },
          ],
        },
      },
    },
  },
};
