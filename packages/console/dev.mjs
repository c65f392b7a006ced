#!/usr/bin/env node
// The console while it is worked on: `node packages/console/dev.mjs http://127.0.0.1:8025`, the address of a collector. What the page asks
// goes to that collector; with AGENT_AUDIT_TOKEN as its bearer, else by the session of its sign-in page.
import { createServer } from 'vite';
import { viteConfig } from './vite-config.mjs';

const [collector] = process.argv.slice(2);
if (collector === undefined) {
  console.error('give the address of a collector: node packages/console/dev.mjs http://127.0.0.1:8025');
  process.exit(2);
}
const token = process.env.AGENT_AUDIT_TOKEN;
const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
const server = await createServer({ ...viteConfig, server: { proxy: { '/v1': { target: collector, changeOrigin: true, headers } } } });
await server.listen();
server.printUrls();
