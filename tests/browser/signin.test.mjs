// Signing in and out as a person does it: by clicking, by keyboard, without JavaScript; and that
// nothing personal is left behind afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  portal, setting, signIn, signInControl, signOut, textOf, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();

const isDashboard = (page) => page.getByRole('heading', { level: 1, name: 'Dashboard' });
const isAtPortal = (page) => page.url().startsWith(portal('/'));

const ALICE = /alice@example\.org|Alice Example/i;

// Nothing of Alice in what a page of the portal shows or holds.
async function assertNothingPersonal(page) {
  if (!isAtPortal(page)) return; // the provider's list of sample accounts names her
  assert.doesNotMatch(await page.content(), ALICE, page.url());
}

test('from the front page to the dashboard and out again', async () => {
  const visitor = await visit(browser());
  const { page, context } = visitor;
  await page.goto(portal('/'));
  await assertNothingPersonal(page);

  await signIn(page, 'alice');
  assert.equal(new URL(page.url()).pathname, '/dashboard');
  assert.equal(new URL(page.url()).search, '', 'code and state have left the address bar');
  await isDashboard(page).waitFor();
  assert.match(await textOf(page.getByRole('banner')), /alice/i);
  for (const cookie of await context.cookies(portal('/'))) {
    assert.ok(cookie.httpOnly, `${cookie.name} is out of reach for scripts`);
    assert.notEqual(cookie.sameSite, 'None', cookie.name);
  }

  await signOut(page);
  assert.ok(isAtPortal(page));
  await assertNothingPersonal(page);
  await visitor.end();
});

test('after signing out, back shows nothing and the old cookie opens nothing', async () => {
  const visitor = await visit(browser());
  const { page, context } = visitor;
  await signIn(page, 'alice');
  await isDashboard(page).waitFor();
  const cookies = await context.cookies(portal('/'));
  assert.ok(cookies.length > 0);
  await signOut(page);

  for (let step = 0; step < 3; step++) {
    await page.goBack().catch(() => null); // some entries only lead on to the next
    await page.waitForLoadState();
    assert.equal(await isDashboard(page).count(), 0, `${step + 1} back: ${page.url()}`);
    await assertNothingPersonal(page);
  }

  await context.addCookies(cookies);
  await page.goto(portal('/dashboard'));
  assert.equal(await isDashboard(page).count(), 0, 'the session has ended on the server, too');
  await assertNothingPersonal(page);
  await visitor.end();
});

test('who asks for the dashboard signs in first and then is there', async () => {
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, 'bob', portal('/dashboard'));
  assert.equal(new URL(page.url()).pathname, '/dashboard');
  await isDashboard(page).waitFor();
  await visitor.end();
});

test('two people in two browsers are two people', async () => {
  const [first, second] = [await visit(browser()), await visit(browser())];
  await signIn(first.page, 'alice');
  await signIn(second.page, 'bob');
  await first.page.reload();
  assert.match(await textOf(first.page.getByRole('banner')), /alice/i);
  assert.match(await textOf(second.page.getByRole('banner')), /bob/i);
  assert.doesNotMatch(await second.page.content(), ALICE);
  await signOut(first.page);
  await second.page.reload();
  await isDashboard(second.page).waitFor();
  await first.end();
  await second.end();
});

test('without JavaScript', async () => {
  const visitor = await visit(browser(), { javaScriptEnabled: false });
  const { page } = visitor;
  await signIn(page, 'alice');
  await isDashboard(page).waitFor();
  await signOut(page);
  await assertNothingPersonal(page);
  await visitor.end();
});

// Presses Tab until the focus is on what is wanted; fails when it is not reached.
async function tabTo(page, locator) {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if (await locator.evaluate((element) => element === document.activeElement)) return presses + 1;
  }
  return assert.fail(`${locator} cannot be reached with Tab`);
}

test('with the keyboard alone', async () => {
  const visitor = await visit(browser());
  const { page } = visitor;
  await page.goto(portal('/'));
  const skip = page.getByRole('link', { name: 'Skip to content' });
  assert.equal(await tabTo(page, skip), 1, 'the first stop leads past the navigation');
  await tabTo(page, signInControl(page).first());
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => !url.href.startsWith(portal('/')));
  await tabTo(page, page.getByRole('button', { name: /\balice\b/i }).first());
  await page.keyboard.press('Enter');
  await isDashboard(page).waitFor();

  await tabTo(page, page.locator('#account-menu > summary'));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: /sign out/i }));
  await page.keyboard.press('Enter');
  await signInControl(page).first().waitFor();
  await visitor.end();
});

test('a session that nobody began leads to signing in, not to an error', async () => {
  const visitor = await visit(browser());
  const { page, context } = visitor;
  const name = portal('/').startsWith('https:') ? '__Host-portal' : 'portal';
  await context.addCookies([{ name, value: 'A'.repeat(43), url: setting('PORTAL_URL') }]);
  await page.goto(portal('/dashboard'));
  assert.equal(await isDashboard(page).count(), 0);
  await signIn(page, 'bob', portal('/'));
  await isDashboard(page).waitFor();
  await visitor.end();
});
