// The collector of tests: `collector-program DATA_FOLDER`. It listens at a free port, says where, with which key, and the tokens of its
// first start, then `ready`. It says what troubles it, and ends, whole, at SIGTERM.
import { writeSync } from 'node:fs';
import { startCollector } from '@agent-audit/collector';

const [dataFolder = ''] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);

const onTrouble = (code: string, message: string): void => say(`trouble ${code} ${message}`);
const collector = await startCollector({ dataFolder, port: 0 }, { env: {}, onTrouble });
process.once('SIGTERM', () => void collector.close().then(() => say('closed')));
say(`url ${collector.url}`);
say(`vkey ${collector.vkey}`);
if (collector.firstTokens?.ingest !== undefined) say(`tokens ${collector.firstTokens.admin} ${collector.firstTokens.ingest}`);
say('ready');
