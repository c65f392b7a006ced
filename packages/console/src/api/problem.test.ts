import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPassing, isSignedOut, Problem } from './problem.ts';

test('asked again by itself is what may pass by itself; a store that refuses for good is told of at once', () => {
  for (const code of ['UNREACHABLE', 'UNAVAILABLE', 'STORE_FULL', 'RATE_LIMITED'] as const) {
    assert.ok(isPassing(new Problem(code, 'later')), code);
  }
  for (const code of ['STORE_REFUSED', 'SEARCH_MALFORMED', 'TOKEN_INVALID', 'ANSWER_UNREADABLE'] as const) {
    assert.ok(!isPassing(new Problem(code, 'never by itself')), code);
  }
  assert.ok(!isPassing(new Error('a fault of the console')));
});

test('whoever has no session any more is told so by the status, whatever the code', () => {
  assert.ok(isSignedOut(new Problem('TOKEN_INVALID', 'gone', 401)));
  assert.ok(!isSignedOut(new Problem('SCOPE_MISSING', 'not yours', 403)));
});
