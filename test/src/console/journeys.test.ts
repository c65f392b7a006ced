// The journeys of people who look at one site, one after the other: to open it takes longer than most of them. Signing in comes last,
// because it tries what is refused, and a collector remembers that.
import { describe } from 'node:test';
import { visitSite } from './visit.ts';

visitSite();

describe('jobs', async () => void (await import('./jobs-journey.ts')));
describe('by keys alone', async () => void (await import('./keyboard-journey.ts')));
describe('agents', async () => void (await import('./agents-journey.ts')));
describe('integrity', async () => void (await import('./integrity-journey.ts')));
describe('access', async () => void (await import('./access-journey.ts')));
describe('tenants', async () => void (await import('./tenants-journey.ts')));
describe('sessions', async () => void (await import('./session-journey.ts')));
