import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A secret's shape from pieces, so that no file of this repository holds it. Nobody ever issued any of them. */
const fake = (...pieces: string[]): string => pieces.join('');

const secrets = {
  aws: fake('Zk3vQ9xLr7', 'TbW1nEfY5u', 'HcA8sDgJ2m', 'PoiK4tR6yX'),
  github: fake('gh', 'p_', 'wWPw5k4aXcaT4fNP0UcnZw', 'JUVFk6LO0pINUx'),
  database: fake('post', 'gres', '://billing:', 'winter-lake-41', '@db.internal:5432/billing'),
  chat: fake('xo', 'xb-', '123456789012', '-1234567890123-', 'AbCdEfGhIjKlMnOpQrStUvWx'),
};

const files: Readonly<Record<string, string>> = {
  '.env': `AWS_SECRET_ACCESS_KEY=${secrets.aws}\n`,
  'deploy.ts': `export const token = '${secrets.github}';\n`,
  'config/database.yml': `url: ${secrets.database}\n`,
  'config/chat.json': `{ "bot": "${secrets.chat}" }\n`,
  'README.md': '# Billing\n\nNothing to see in this file.\n',
};

/** What the planted files hide: for a test that it stays in them. */
export const plantedSecrets: readonly string[] = Object.values(secrets);

/** Writes a small project that leaks its four secrets, one a file. */
export function plant(folder: string): void {
  mkdirSync(join(folder, 'config'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
