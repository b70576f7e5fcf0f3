// Who looks after bouncers: from the navigation to one that is suspended and resumed, and a notice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, pictures, signIn, sql, textOf, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();
const mark = `b${Date.now()}`;

async function look(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await pictures(page, name);
}

// The job leaves them alone, as if somebody else were at work on them.
before(() => sql(`INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, failed_in,
    failure, sampled_at, is_up, clients, version, work_until)
  SELECT u.id, :'mark' || v.name, 'x', 'kubernetes', v.state, v.failed_in, v.failure, now(), v.is_up,
    v.clients, '0.9.0', now() + interval '1 day'
  FROM users u, (VALUES ('-fine', 'ready', NULL, NULL, true, 3),
    ('-bad', 'failed', 'applied', 'It never came up.', NULL, NULL))
    AS v (name, state, failed_in, failure, is_up, clients) WHERE u.keycloak_sub = 'alice';`, { mark }));

after(() => sql(`DELETE FROM bouncers WHERE name LIKE :'mark' || '-%';
  DELETE FROM bouncer_notices WHERE text LIKE '%' || :'mark';`, { mark }));

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with a script' : 'without a script';
  test(`an admin finds a bouncer, suspends and resumes it, and tells its people, ${how}`, async () => {
    const visitor = await visit(browser(), { javaScriptEnabled });
    const { page } = visitor;
    await signIn(page, 'erin');

    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).click();
    await page.getByRole('link', { name: 'All bouncers' }).click();
    await page.getByRole('heading', { name: 'All bouncers' }).waitFor();
    await page.getByLabel('Name or owner').fill(mark);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('link', { name: 'Show all' }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 2);
    if (javaScriptEnabled) await look(page, 'admin-bouncers');

    await page.getByRole('link', { name: 'Only in trouble' }).click();
    await page.waitForURL(/trouble=on/);
    assert.equal(await page.getByLabel('Name or owner').inputValue(), mark, 'the tab keeps the search');
    assert.match(await textOf(page.locator('tbody tr')), /-bad .* Failed \d{4}-.* UTC It never came up\. /);
    await page.getByRole('link', { name: 'All', exact: true }).click();

    await page.getByRole('link', { name: `${mark}-fine` }).click();
    await page.getByRole('heading', { name: 'How it is' }).waitFor();
    if (javaScriptEnabled) await look(page, 'admin-bouncer');
    await page.getByLabel('Why').fill('Sends unwanted messages');
    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByText('It is suspended, and will be switched off').waitFor();
    await page.getByText('“Sends unwanted messages”').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Restart' }).count(), 0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('It is not suspended any more').waitFor();

    await page.getByRole('link', { name: 'Send a notice through it' }).click();
    assert.equal(await page.getByLabel('Only to the bouncer').inputValue(), `${mark}-fine`);
    await page.getByLabel('Text').fill(`Back at 20:00 UTC ${mark}`);
    await page.getByRole('button', { name: 'Show it first' }).click();
    await page.getByRole('heading', { name: 'As people will read it' }).waitFor();
    if (javaScriptEnabled) await look(page, 'admin-notice');
    await page.getByRole('button', { name: 'Send it now' }).click();
    await page.getByText('The notice is on its way.').waitFor();
    assert.match(await textOf(page.locator('tbody tr').first()),
      new RegExp(`Back at 20:00 UTC ${mark} ${mark}-fine Erin Example .* UTC 1 of 1`));
    await visitor.end();
  });
}
