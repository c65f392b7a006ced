// A process that plays several, one after the other.
import type { FaultyDisk } from '../testing/index.ts';
import { folder } from './log-reader.test.support.ts';

/** The locks are this process's, which plays the one that died: they get the pid of none that lives. */
export function leaveLocksToTheDead(disk: FaultyDisk): void {
  for (const name of disk.list(folder).filter((file) => file.includes('.lock-'))) {
    const path = `${folder}/${name}`;
    const text = Buffer.from(disk.bytesOf(path)).toString('utf8');
    disk.overwrite(path, Buffer.from(text.replace(/"pid":\d+/, '"pid":4999999')));
  }
}
