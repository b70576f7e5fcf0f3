// Every part of every page in all its states, on the page /style of the dev flavour: findings of
// axe-core, widths from 320 px to 2560 px, print, the keyboard, and no JavaScript.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort, TestPortal } from './instance.mjs';
import {
  assertAccessible, assertNoSidewaysScroll, launch, picture, pictures, portal, textOf, visit,
} from './lib.mjs';

let browser;
let service;
before(async () => {
  service = await new TestPortal(await freePort(), 'dev').start({});
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

async function open(more) {
  const visitor = await visit(browser, more);
  const answer = await visitor.page.goto(portal('/style'));
  assert.equal(answer.status(), 200);
  return visitor;
}

test('every part is well made', async () => {
  const visitor = await open();
  const { page } = visitor;
  await assertAccessible(page, 'style');
  await assertNoSidewaysScroll(page, 'style');
  await pictures(page, 'style');
  await page.emulateMedia({ media: 'print' });
  await picture(page, 'style-print');
  await visitor.end();
});

test('a navigation of twenty pages stands beside the content, and behind its title on phones',
  async () => {
    const visitor = await open();
    const { page } = visitor;
    const reports = page.getByRole('link', { name: 'Reports' });
    assert.ok(await reports.isVisible());
    const [side, main] = [await page.locator('.side').boundingBox(),
      await page.getByRole('main').boundingBox()];
    assert.ok(side.x + side.width <= main.x + 1, 'the pages of the area stand left of the content');
    await page.setViewportSize({ width: 375, height: 800 });
    assert.ok(!await reports.isVisible());
    await page.getByText('Admin: all pages').click();
    assert.ok(await reports.isVisible());
    await visitor.end();
  });

test('with the keyboard alone', async () => {
  const visitor = await open();
  const { page } = visitor;
  await page.keyboard.press('Tab');
  assert.equal(await textOf(page.locator(':focus')), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.keyboard.press('Tab');
  assert.match(await textOf(page.locator(':focus')), /About Monthly revenue/);
  const words = page.getByText('yearly plans by twelfths');
  assert.ok(!await words.isVisible());
  await page.keyboard.press('Enter');
  assert.ok(await words.isVisible());
  const outline = await page.locator(':focus').evaluate((e) => getComputedStyle(e).outlineStyle);
  assert.equal(outline, 'solid', 'the focus can be seen');
  await visitor.end();
});

test('tables scroll by themselves and sort by links', async () => {
  const visitor = await open({ viewport: { width: 375, height: 800 } });
  const { page } = visitor;
  const frame = page.getByRole('region', { name: 'Subscriptions' });
  const [inner, outer] = await frame.evaluate((e) => [e.scrollWidth, e.clientWidth]);
  assert.ok(inner > outer, 'the table is wider than a phone');
  const sorted = frame.getByRole('columnheader', { name: 'A month' });
  assert.equal(await sorted.getAttribute('aria-sort'), 'descending');
  await sorted.getByRole('link').click();
  assert.equal(new URL(page.url()).searchParams.get('sort'), 'mrr');
  await visitor.end();
});

test('what needs a script is not there without one', async () => {
  const visitor = await open({ javaScriptEnabled: false });
  const { page } = visitor;
  assert.ok(!await page.getByRole('button', { name: 'Copy' }).isVisible());
  assert.ok(await page.getByText('curl --data-binary').isVisible());
  await page.getByText('About Churn').locator('..').click();
  assert.ok(await page.getByText('a percentage would say more').isVisible());
  await visitor.end();
});

test('a text is copied', async () => {
  const visitor = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = visitor;
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl --data-binary/);
  await visitor.end();
});

test('charts keep their letters at the size of letters, and say what they show', async () => {
  const visitor = await open({ viewport: { width: 375, height: 800 } });
  const { page } = visitor;
  const charts = page.locator('figure svg[role=img]');
  assert.ok(await charts.count() >= 15);
  const sizes = await page.locator('svg[role=img] text').evaluateAll((texts) => texts
    .map((t) => t.getBoundingClientRect().height).filter((h) => h > 0));
  assert.ok(Math.min(...sizes) >= 11, `letters of ${Math.min(...sizes)} px`);
  for (const chart of await charts.all()) {
    assert.ok((await chart.locator('title').first().textContent()).length > 3);
    assert.ok((await chart.locator('desc').first().textContent()).length > 10);
  }
  await visitor.end();
});
