// Walks over every page of one site, one after the other: what the site holds, that nothing in it runs, and that everybody can use it.
// Harm first: it leaves names at the collector that the last walk meets as well.
import { describe } from 'node:test';
import { visitSite } from './visit.ts';

visitSite();

describe('the site', async () => void (await import('./site-walk.ts')));
describe('hostile texts', async () => void (await import('./hostile-walk.ts')));
describe('accessibility', async () => void (await import('./accessibility-walk.ts')));
