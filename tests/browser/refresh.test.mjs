// The dashboard that keeps itself up to date: it shows what is new, and disturbs nobody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  card, eventually, figure, letTimePass, portal, setting, signIn, sim, sql, textOf, useBrowser,
  visit,
} from './lib.mjs';

const EVERY_S = 15;

const browser = useBrowser();

// Somebody new at the dashboard, whose clock the test turns; `asked` are the headers of each round.
async function watch(prepare = () => {}) {
  const sub = `refresh-${Date.now()}`;
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, sub);
  await prepare(sub);
  await sim.usage({ sub, paste_count: 3, paste_bytes: 100 });
  await page.clock.install();
  await letTimePass(sub);
  await eventually(async () => {
    await page.goto(portal('/dashboard'));
    assert.equal(await pastes(page), '3');
  });
  const asked = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'fetch') asked.push(request.headers());
  });
  return { ...visitor, sub, asked };
}

const pastes = (page) => figure(card(page, 'Pastes'), 'Count');

async function change(sub, count) {
  await sim.usage({ sub, paste_count: count });
  await letTimePass(sub);
}

// Time for one round, and for its answer.
const round = (page) => page.clock.runFor((EVERY_S + 1) * 1000);

// Rounds until the page says so: the answer of the service may come after the page's patience.
const shows = (page, count) => eventually(async () => {
  await round(page);
  await page.waitForTimeout(300);
  assert.equal(await pastes(page), count);
}, 0);

// What a browser does when another tab is looked at.
const look = (page, isAway) => page.evaluate((hidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}, isAway);

test('new figures come by themselves', async () => {
  const { page, sub, asked, end } = await watch();
  await change(sub, 4);
  await page.clock.runFor((EVERY_S - 8) * 1000);
  assert.equal(asked.length, 0, 'not before it is time');
  await shows(page, '4');
  await end();
});

test('who looks elsewhere is not asked for, and comes back to what is new', async () => {
  const { page, sub, asked, end } = await watch();
  await look(page, true);
  await change(sub, 5);
  await page.clock.runFor(60_000);
  assert.equal(asked.length, 0);
  await look(page, false);
  await eventually(async () => assert.equal(asked.length, 1), 50);
  await shows(page, '5');
  await end();
});

test('nobody there for half an hour: it rests, and keeps no session alive', async () => {
  const { page, sub, asked, end } = await watch();
  const isSeen = () => sql(`SELECT max(last_seen_at) > now() - interval '1 minute' FROM sessions
    WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = :'sub');`, { sub });
  await sql(`UPDATE sessions SET last_seen_at = now() - interval '5 minutes'
    WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = :'sub');`, { sub });
  await page.clock.fastForward('20:00'); // which leaves room for as many rounds as it takes
  await change(sub, 6);
  await shows(page, '6');
  assert.ok(asked.every((headers) => headers['x-refresh'] === '1'));
  assert.equal(await isSeen(), 'f');

  await page.clock.fastForward('35:00');
  const rounds = asked.length;
  await page.clock.runFor(120_000);
  assert.equal(asked.length, rounds);

  await page.keyboard.press('Shift');
  await change(sub, 7);
  await shows(page, '7');
  assert.equal(asked[rounds]['x-refresh'], undefined, 'somebody is there again');
  assert.equal(await isSeen(), 't');
  await end();
});

test('an error or a lost line is not the end', async () => {
  const { page, context, sub, asked, expect, end } = await watch();
  expect(/status of 500|^500 /);
  expect(/ERR_INTERNET_DISCONNECTED/);
  await page.route('**/dashboard', (route) => route.fulfill({ status: 500, body: 'x' }));
  await round(page);
  await eventually(async () => assert.equal(asked.length, 1), 50);
  await page.unroute('**/dashboard');
  await context.setOffline(true);
  await round(page);
  await eventually(async () => assert.equal(asked.length, 2), 50);
  assert.equal(await pastes(page), '3');
  await context.setOffline(false);
  await change(sub, 8);
  await shows(page, '8');
  await end();
});

// A bouncer with a channel list too long to show at once.
async function addBouncer(sub) {
  const name = sub.replace('-', '');
  const admin = setting('ADMIN_DATABASE_URL');
  await sql(`INSERT INTO bouncers (user_id, name, soju_username)
    SELECT id, :'name', 'alice' FROM users WHERE keycloak_sub = :'sub';`, { name, sub });
  await sql('CREATE DATABASE :"base" TEMPLATE soju_alice;', { base: `soju_${name}` }, admin);
  await sql(`INSERT INTO "Channel" (network, name)
    SELECT min(id), '#many-' || n FROM "Network", generate_series(1, 40) n GROUP BY n;`, {},
  admin.replace(/\/[^/]*$/, `/soju_${name}`));
}

async function removeBouncer(sub) {
  const base = `soju_${sub.replace('-', '')}`;
  await sql(`DELETE FROM bouncers
    WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = :'sub');`, { sub });
  await sql('DROP DATABASE :"base" WITH (FORCE);', { base }, setting('ADMIN_DATABASE_URL'));
}

test('what is open stays open, focus and selection stay where they are', async () => {
  const { page, sub, end } = await watch(addBouncer);
  try {
    const more = page.getByText(/^\d+ more channels$/);
    await eventually(async () => {
      await page.reload();
      await more.waitFor({ timeout: 1000 });
    });
    await more.click();
    await page.evaluate(() => {
      const heading = document.querySelector('.board .bouncer-name');
      getSelection().selectAllChildren(heading);
    });
    const picked = await page.evaluate(() => getSelection().toString());
    const scrolled = await page.evaluate(() => scrollY);
    await change(sub, 9);
    await shows(page, '9');
    assert.ok(await more.evaluate((e) => e.parentElement.open), 'the list is open');
    assert.ok(await more.evaluate((e) => e === document.activeElement), 'the focus is on it');
    assert.equal(await page.evaluate(() => getSelection().toString()), picked);
    assert.equal(await page.evaluate(() => scrollY), scrolled);

    await more.click();
    await change(sub, 10);
    await shows(page, '10');
    assert.ok(!await more.evaluate((e) => e.parentElement.open), 'what was closed stays closed');
    assert.match(await textOf(page.locator('.bouncer-name').first()), /./);
  } finally {
    await removeBouncer(sub);
  }
  await end();
});
