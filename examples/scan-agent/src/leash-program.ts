// What `node --import` loads into a process on a leash, whatever program it runs.
import { endWithParent } from './leash.ts';

endWithParent();
