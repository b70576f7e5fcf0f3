// Every page that a member sees, at every width and at twice the size of letters: nothing is cut off,
// nothing covers anything else, no finding of axe-core. What the figures say is dashboard.test.mjs's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, eventually, letTimePass, pictures, portal, signIn,
  useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();
const PAGES = ['/', '/dashboard', '/bouncers', '/bouncers/alice', '/bouncers/alice/connect',
  '/bouncers/new', '/account', '/account/sessions', '/tokens', '/no/such/page'];

// A window of 1280 x 900 that is magnified to 200 %.
const MAGNIFIED = { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 };

async function member(name, more) {
  const visitor = await visit(browser(), more);
  visitor.expect(/status of 404/);
  await signIn(visitor.page, name);
  return visitor;
}

// Words that end before they are over, and headings, buttons and links that lie on each other.
const findFlaws = (page) => page.evaluate(() => {
  const say = (e) => `${e.tagName.toLowerCase()} "${e.textContent.trim().slice(0, 30)}"`;
  const isSeen = (e) => e.checkVisibility({ visibilityProperty: true })
    && !e.closest('.unseen, .skip');
  const boxes = (e) => [...e.getClientRects()].map((r) => ({ e, r }));
  const things = [...document.querySelectorAll('h1, h2, h3, h4, a, button, summary, dt, dd, input')]
    .filter(isSeen);
  const flaws = [];
  for (const e of things) {
    const { overflowX, textOverflow } = getComputedStyle(e);
    if (overflowX !== 'visible' && textOverflow !== 'ellipsis' && e.scrollWidth > e.clientWidth)
      flaws.push(`${say(e)} is cut off`);
    const r = e.getBoundingClientRect();
    if (r.width < 1 || r.height < 1) flaws.push(`${say(e)} has no room`);
    if (r.left < -1 || r.right > innerWidth + 1) flaws.push(`${say(e)} is outside the window`);
  }
  const all = things.flatMap(boxes);
  for (const [i, a] of all.entries()) {
    for (const b of all.slice(i + 1)) {
      if (a.e.contains(b.e) || b.e.contains(a.e)) continue;
      const wide = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left);
      const high = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
      if (wide > 1 && high > 1) flaws.push(`${say(a.e)} and ${say(b.e)} overlap`);
    }
  }
  return flaws;
});

test('the page of the account', async () => {
  const visitor = await member('alice');
  const { page } = visitor;
  await page.goto(portal('/account'));
  await assertAccessible(page, 'account');
  await assertNoSidewaysScroll(page, 'account');
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  await pictures(page, 'account');
  await visitor.end();
});

test('the account menu, open', async () => {
  const visitor = await member('alice');
  await visitor.page.locator('#account-menu > summary').click();
  await assertAccessible(visitor.page, 'account menu');
  await visitor.end();
});

test('nothing is cut off and nothing overlaps at 200 %', async () => {
  const visitor = await member('alice', MAGNIFIED);
  const { page } = visitor;
  await letTimePass('alice');
  for (const path of PAGES) {
    await page.goto(portal(path));
    await page.evaluate(() => document.fonts.ready);
    const [content, window] = await page.evaluate(() => [document.scrollingElement.scrollWidth,
      document.scrollingElement.clientWidth]);
    assert.ok(content <= window, `${path} is ${content}px wide in a window of ${window}px`);
    assert.deepEqual(await findFlaws(page), [], path);
    if (path === '/dashboard') await pictures(page, 'dashboard-200');
  }
  await visitor.end();
});

test('nor at any other width, nor with letters of twice the size', async () => {
  const visitor = await member('alice');
  const { page } = visitor;
  for (const path of PAGES) {
    await page.goto(portal(path));
    for (const width of [320, 375, 560, 768, 1024, 1280, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await findFlaws(page), [], `${path} at ${width} px`);
    }
    await page.setViewportSize({ width: 640, height: 900 });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    await eventually(async () => assert.ok(await page.evaluate(() =>
      parseFloat(getComputedStyle(document.documentElement).fontSize) >= 32)), 50);
    assert.deepEqual(await findFlaws(page), [], `${path} with large letters`);
    await cdp.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } });
    await cdp.detach();
  }
  await visitor.end();
});
