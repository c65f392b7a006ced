// One round of one contender, in a process of its own: `node child.js MEASURE CONTENDER FOLDER EVENTS BURST SECONDS`.
// The result is one line of JSON on stdout.
import { contenders, isContenderName } from './contender.ts';
import { isMeasureName, measures } from './measure.ts';

const [measure = '', contender = '', folder = '', ...numbers] = process.argv.slice(2);
const [events, burst, seconds] = numbers.map(Number);
if (!isMeasureName(measure) || !isContenderName(contender) || events === undefined || burst === undefined || seconds === undefined) {
  throw new Error(`not a round: ${process.argv.slice(2).join(' ')}`);
}
const open = await contenders[contender].load();
const run = await measures[measure]();
const measurement = await run(open, folder, { events, burst, seconds });
process.stdout.write(`${JSON.stringify(measurement)}\n`);
