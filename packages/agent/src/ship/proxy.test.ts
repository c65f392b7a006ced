import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, proxyFor, proxyVariables } from './proxy.ts';

test('the variable of the scheme decides, NO_PROXY excepts, and this machine is never asked through a proxy', () => {
  const proxies = { https: 'http://proxy:3128', http: 'plain:80', no: ' .internal.example, exact.example:8443 , 10.0.0.7,' };
  const hostOf = (url: string): string | undefined => proxyFor(new URL(url), proxies)?.host;
  assert.equal(hostOf('https://collector.example'), 'proxy:3128');
  assert.equal(hostOf('http://collector.example'), 'plain');
  for (const url of ['https://a.internal.example', 'https://internal.example', 'https://exact.example:8443', 'https://10.0.0.7']) {
    assert.equal(hostOf(url), undefined, url);
  }
  for (const url of ['https://exact.example', 'https://otherinternal.example', 'https://10.0.0.70']) {
    assert.equal(hostOf(url), 'proxy:3128', url);
  }
  for (const url of ['http://127.0.0.1:7411', 'http://localhost', 'http://[::1]:7411']) assert.equal(hostOf(url), undefined, url);
  assert.equal(proxyFor(new URL('https://h'), { ...proxies, no: '*' }), undefined);
  assert.throws(() => proxyFor(new URL('https://h'), { https: 'socks5://h', http: undefined, no: undefined }), TypeError);
});

test('the lower-case spelling goes first', () => {
  const env = { https_proxy: 'http://lower', HTTPS_PROXY: 'http://upper', HTTP_PROXY: 'http://upper', NO_PROXY: '' };
  assert.deepEqual(proxyVariables(env), { https: 'http://lower', http: 'http://upper', no: undefined });
});

test('loopback is this machine, whatever is written like it', () => {
  for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]']) assert.ok(isLoopback(host), host);
  for (const host of ['localhost.example', '128.0.0.1', '127.0.0.1.example', '10.0.0.1', '[::2]']) assert.ok(!isLoopback(host), host);
});
