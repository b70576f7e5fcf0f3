// Where you are signed in: two browsers of one person, one ends the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, pictures, signIn, textOf, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0';

test('one browser signs the other one out', async () => {
  const person = `sessions-${Date.now()}`;
  const [here, there] = [await visit(browser()), await visit(browser(), { userAgent: FIREFOX })];
  await signIn(here.page, person);
  await signIn(there.page, person);
  const { page } = here;

  await page.locator('#account-menu > summary').click();
  await page.getByRole('link', { name: 'Where you are signed in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Where you are signed in' }).waitFor();
  const rows = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) });
  assert.equal(await rows.count(), 2);
  assert.match(await textOf(rows.nth(0)), /^Chrome on Linux this one Begun .* last used just now$/);
  assert.match(await textOf(rows.nth(1)), /^Firefox on Windows Begun /);
  await assertAccessible(page, 'sessions');
  await assertNoSidewaysScroll(page, 'sessions');
  await pictures(page, 'sessions');

  await rows.nth(1).getByRole('button', { name: /^End the session of Firefox on Windows/ }).click();
  await page.getByText('That session has ended.').waitFor();
  assert.equal(await rows.count(), 1);
  await page.getByText('You are signed in here and nowhere else.').waitFor();

  await there.page.reload();
  assert.equal(await there.page.getByRole('heading', { name: 'Dashboard' }).count(), 0);
  await here.end();
  await there.end();
});
