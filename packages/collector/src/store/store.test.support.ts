// A store for tests, on an embedded database in a folder of its own. One process has one folder at a time: a test file that uses this
// keeps to one.
export { cannotEmbed, temporaryEmbedded as temporaryDatabase } from '../db/database.test.support.ts';
