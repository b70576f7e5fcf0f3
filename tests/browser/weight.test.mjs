// What a first visit costs: bytes, requests, time on a slow line; and that nothing moves once it is
// there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, launch, portal, signIn, sql, visit } from './lib.mjs';

const PAGES = ['/', '/dashboard', '/account', '/account/sessions', '/no/such/page'];
const STILL = [...PAGES, '/bouncers', '/bouncers/alice'];
const BYTES_MAX = 40_000;
const REQUESTS_MAX = 4;
// "Slow 4G" of Chromium's developer tools: 1.6 Mbit/s and 150 ms from request to answer.
const SLOW = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 90_000 };

let browser;
let visitor;
before(async () => {
  // More sessions than the page lists.
  await sql(`INSERT INTO sessions (token_hash, user_id, csrf_secret, idle_seconds, expires_at,
      user_agent)
    SELECT sha256(random()::text::bytea), u.id, sha256('x'), 3600, now() + interval '1 hour',
      'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
    FROM users u, generate_series(1, 15) WHERE keycloak_sub = 'alice';`);
  browser = await launch();
  visitor = await visit(browser);
  visitor.expect(/status of 404/);
  await signIn(visitor.page, 'alice');
});
after(async () => {
  await visitor?.end();
  await browser?.close();
});

async function slowly(line) {
  const cdp = await visitor.context.newCDPSession(visitor.page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  if (line) await cdp.send('Network.emulateNetworkConditions', line);
  return cdp;
}

test('a page weighs little and asks for little', async () => {
  const cdp = await slowly();
  const sizes = new Map();
  cdp.on('Network.loadingFinished', (e) => sizes.set(e.requestId, e.encodedDataLength));
  for (const path of PAGES) {
    sizes.clear();
    await visitor.page.goto(portal(path), { waitUntil: 'networkidle' });
    const bytes = [...sizes.values()].reduce((a, b) => a + b, 0);
    assert.ok(bytes > 2000 && bytes < BYTES_MAX, `${path}: ${bytes} bytes`);
    assert.ok(sizes.size <= REQUESTS_MAX, `${path}: ${sizes.size} requests`);
  }
  await cdp.detach();
});

test('the dashboard is seen within a second of its first byte on a slow line', async () => {
  const cdp = await slowly(SLOW);
  // The best of several, as the machine may be busy with something else just then.
  await eventually(async () => {
    await visitor.page.goto(portal('/dashboard'));
    const ms = await visitor.page.evaluate(async () => {
      const seen = () => performance.getEntriesByName('first-contentful-paint')[0];
      while (!seen()) await new Promise((resolve) => setTimeout(resolve, 20));
      return seen().startTime - performance.getEntriesByType('navigation')[0].responseStart;
    });
    assert.ok(ms > 0 && ms < 1000, `${Math.round(ms)} ms`);
  });
  await cdp.detach();
});

test('nothing moves', async () => {
  const cdp = await slowly(SLOW);
  for (const width of [375, 1280]) {
    await visitor.page.setViewportSize({ width, height: 800 });
    for (const path of STILL) {
      await visitor.page.goto(portal(path), { waitUntil: 'networkidle' });
      const shift = await visitor.page.evaluate(() => new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => resolve(sum), 100);
      }));
      assert.equal(shift, 0, `${path} at ${width} px`);
    }
  }
  await cdp.detach();
});
