// The receiver as a process of its own: `RECEIVER_TOKEN=… node dist/receiver-program.js FOLDER [FAULT…]` prints its URL.
import { type Fault, faults, startReceiver } from './receiver.ts';

const [folder, ...given] = process.argv.slice(2);
const token = process.env['RECEIVER_TOKEN'];
const planned = given.flatMap((name): Fault[] => faults.filter((fault) => fault === name));
if (folder === undefined || !token || planned.length !== given.length) {
  console.error(`usage: RECEIVER_TOKEN=… node receiver-program.js FOLDER [${faults.join(' | ')}]…`);
  process.exitCode = 2;
} else {
  const { url } = await startReceiver({ folder, token, faults: planned });
  console.log(url);
}
