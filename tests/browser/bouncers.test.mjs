// Bouncers from the first to the last click: made, ready, connected to, its networks changed, deleted
// and had back; with a script and without one, at every width, for axe-core.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PATIENCE_S, assertAccessible, assertNoSidewaysScroll, eventually, pictures, portal, signIn, sql,
  textOf, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();

// Without a script axe-core cannot run either, and the page is the same.
async function look(page, name, hasScript = true) {
  if (!hasScript) return;
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await pictures(page, name);
}

const main = (page) => textOf(page.getByRole('main'));
const click = (page, name, role = 'button') => page.getByRole(role, { name, exact: true }).first().click();

// Whether something here makes bouncers; who runs without sees that said.
async function isOffered(page) {
  await page.goto(portal('/bouncers/new'));
  return await page.getByLabel('Name of the bouncer').count() > 0;
}

async function make(page, name, hasScript) {
  await page.goto(portal('/bouncers'));
  await click(page, 'Make a bouncer', 'link');
  const field = page.getByLabel('Name of the bouncer');
  if (hasScript) {
    await field.fill('Not a name');
    await page.locator('[data-problem]:not([hidden])').waitFor();
    await field.fill(`${name}x`);
    await page.locator('[data-problem][hidden]').waitFor({ state: 'attached' });
  }
  await field.fill('-x');
  await page.getByRole('textbox', { name: /^Channels/ }).fill('#typed');
  await click(page, 'Make the bouncer');
  assert.equal(await field.inputValue(), '-x');
  assert.equal(await page.getByRole('textbox', { name: /^Channels/ }).inputValue(), '#typed');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await look(page, 'bouncer-new', hasScript);
  await field.fill(name);
  await page.getByRole('textbox', { name: /^Channels/ }).fill('');
  await click(page, 'Make the bouncer');
  await page.waitForURL(portal(`/bouncers/${name}`));
}

async function waitUntilReady(page, hasScript) {
  const connect = page.getByRole('link', { name: 'How to connect', exact: true });
  if (hasScript) return connect.waitFor({ timeout: PATIENCE_S * 1000 });
  return eventually(async () => {
    await page.reload();
    assert.equal(await connect.count(), 1, await main(page));
  });
}

async function setPassword(page, name, hasScript) {
  await page.goto(portal(`/bouncers/${name}/connect`));
  await look(page, 'bouncer-connect', hasScript);
  await click(page, 'Set the password');
  const made = await textOf(page.locator('#password-made'));
  assert.match(made, /^[A-Za-z0-9]{24}$/);
  await look(page, 'bouncer-password', hasScript);
  await page.reload();
  assert.equal(await textOf(page.locator('#password-made')), made, 'a reload makes a second one');
  await page.goto(portal(`/bouncers/${name}/connect`));
  assert.ok(!(await main(page)).includes(made), 'shown a second time');
}

async function changeNetworks(page, name, hasScript) {
  await page.goto(portal(`/bouncers/${name}`));
  await click(page, 'Add a network', 'link');
  await page.getByRole('radio', { name: /^Another network/ }).check();
  await page.getByRole('textbox', { name: /^Address/ }).fill('10.0.0.1');
  await page.getByRole('textbox', { name: /^Name of the network/ }).fill('example');
  await click(page, 'Add the network');
  assert.match(await main(page), /private addresses/);
  await page.getByRole('textbox', { name: /^Address/ }).fill('irc.example.org');
  await look(page, 'bouncer-network', hasScript);
  await click(page, 'Add the network');
  await page.waitForURL(/done=added/);
  await click(page, 'Switch off example');
  await page.waitForURL(/done=disabled/);
  await page.getByText('Switched off').first().waitFor();
  await click(page, 'Switch on example');
  await page.waitForURL(/done=enabled/);
  await click(page, 'Edit example', 'link');
  await page.getByRole('textbox', { name: /^Name of the network/ }).fill('renamed');
  await click(page, 'Change the network');
  await page.waitForURL(/done=changed/);
  await look(page, 'bouncer', hasScript);
  await click(page, 'Remove renamed', 'link');
  await click(page, 'Remove it');
  await page.waitForURL(/done=removed/);
  assert.equal(await page.getByRole('heading', { name: 'renamed' }).count(), 0);
}

async function deleteAndUndo(page, name, hasScript) {
  await click(page, 'Delete', 'link');
  await look(page, 'bouncer-delete', hasScript);
  const field = page.getByLabel('Type the name of the bouncer');
  await field.fill('something');
  await click(page, 'Delete it');
  assert.match(await main(page), /That is not its name/);
  await field.fill(name);
  await field.press('Enter');
  await page.waitForURL(portal(`/bouncers/${name}`));
  await look(page, 'bouncer-deleted', hasScript);
  await click(page, 'Undo the deletion');
  await page.waitForURL(/done=undone/);
}

async function deleteForGood(page, name, hasScript) {
  await page.goto(portal(`/bouncers/${name}/delete`));
  await page.getByLabel('Type the name of the bouncer').fill(name);
  await click(page, 'Delete it');
  await page.waitForURL(portal(`/bouncers/${name}`));
  await click(page, 'Delete it for good', 'link');
  await look(page, 'bouncer-delete-for-good', hasScript);
  await page.getByLabel('Type the name of the bouncer').fill(name);
  await click(page, 'Delete it for good');
  await page.waitForURL(/done=removed/);
}

for (const hasScript of [true, false]) {
  test(`a bouncer from the first to the last click, ${hasScript ? 'with' : 'without'} a script`,
    async (t) => {
      const stamp = Date.now() % 1e8;
      const name = `click-${hasScript ? 'a' : 'b'}${stamp}`;
      const visitor = await visit(browser(), { javaScriptEnabled: hasScript });
      visitor.expect(/status of (400|409|503)/);
      const { page } = visitor;
      await signIn(page, `bouncers-${name}`);
      if (!await isOffered(page)) {
        t.skip('nothing makes bouncers here');
        return;
      }
      await make(page, name, hasScript);
      await waitUntilReady(page, hasScript);
      await setPassword(page, name, hasScript);
      await changeNetworks(page, name, hasScript);
      await deleteAndUndo(page, name, hasScript);
      await page.goto(portal('/bouncers'));
      await look(page, 'bouncers', hasScript);
      await deleteForGood(page, name, hasScript);
      await visitor.end();
    });
}

test('an answer about a name that is not there any more says nothing', async () => {
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, `names-${Date.now() % 1e8}`);
  if (await isOffered(page)) {
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await page.route('**/bouncers/name?*', async (route) => {
      if (route.request().url().endsWith('=first')) await held;
      await route.fulfill({ json: { ok: false, problem: route.request().url() } });
    });
    const field = page.getByLabel('Name of the bouncer');
    const problem = page.locator('[data-problem]');
    const asked = page.waitForRequest(/name=first$/);
    await field.fill('first');
    const request = await asked;
    await field.fill('');
    release();
    await (await request.response()).finished();
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    assert.equal(await problem.isHidden(), true, 'an empty field is judged by an old answer');
    await field.fill('second');
    await page.getByText(/name=second$/).waitFor();
  }
  await visitor.end();
});

test('a bouncer with everything there is to see', async () => {
  const person = `bouncers-full-${Date.now()}`, name = `full-${Date.now() % 1e8}`;
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, person);
  // Never ready: else the next round of health, which finds no such deployment, would say it is down.
  await sql(`INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, slot,
      max_networks, history_days, sampled_at, is_up, clients, running_since, restarts, version,
      next_try_at)
    SELECT id, :'name', :'name', 'kubernetes', 'ready', 1, 3, 90, now(), true, 2,
      now() - interval '6 days', 1, '0.10.1', now() + interval '1 day'
    FROM users WHERE keycloak_sub = :'person';
    INSERT INTO bouncer_networks (bouncer_id, name, address, state, state_since, error, sampled_at,
      nick)
    SELECT b.id, n, 'ircs://irc.example.org:6697', s, now() - interval '3 hours', e, now(),
      repeat('n', 60)
    FROM bouncers b, (VALUES ('libera', 'connected', NULL), (repeat('w', 60), 'disconnected',
      'dial tcp 203.0.113.9:6697: connect: connection refused')) AS v (n, s, e)
    WHERE b.name = :'name';
    INSERT INTO bouncer_days (bouncer_id, day, network, marks, last_minute, samples, up, off)
    SELECT b.id, d::date, n, '{0,1,130,2,145,1}', 1439, 1440, 1425, 0
    FROM bouncers b, generate_series(current_date - 20, current_date - 1, interval '1 day') d,
      (VALUES (''), ('libera')) AS v (n) WHERE b.name = :'name';`, { name, person });
  await page.goto(portal(`/bouncers/${name}`));
  const words = await main(page);
  assert.match(words, /Running since/);
  assert.match(words, /refused the connection/);
  assert.match(words, /how long it is kept is not told here/);
  await page.locator('#outages-0 > summary').click();
  assert.match(await main(page), /offline 02:10–02:25, 15 minutes/);
  assert.match(await main(page), /And 10 outages before that/);
  await look(page, 'bouncer-full');
  await sql(`DELETE FROM bouncers WHERE name = :'name';`, { name });
  await visitor.end();
});
