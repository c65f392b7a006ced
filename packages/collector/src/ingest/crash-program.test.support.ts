// For tests only: a whole collector, until it is killed. Arguments: data folder, port. Says where it is, and its first ingest token.
import { startCollector } from '../server/collector.ts';

const [dataFolder = '', port = ''] = process.argv.slice(2);
const collector = await startCollector({ dataFolder, port: Number(port) }, { env: {} });
process.stdout.write(`${JSON.stringify({ url: collector.url, token: collector.firstTokens?.ingest ?? '' })}\n`);
