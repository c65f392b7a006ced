// For tests only: a process of its own that writes a log, with rotation and packing, as fast as it can.
// Arguments: path of the log, number of segments, lines a segment.
import { FixtureLog } from './fixture.test.support.ts';

const [, , logFile = '', segments = '', linesPerSegment = ''] = process.argv;
const log = new FixtureLog(logFile);
const firsts: number[] = [];

log.begin().open();
for (let segment = 0; segment < Number(segments); segment++) {
  while (log.size - log.first < Number(linesPerSegment)) log.lines(1 + (log.size % 7), log.size % 300).checkpoint();
  firsts.push(log.first);
  log.rotate();
  // The newest closed one stays plain for a while, so that a reader meets both forms.
  const packed = firsts.length > 2 ? firsts.shift() : undefined;
  if (packed !== undefined) log.pack(packed);
}
log.stop();
