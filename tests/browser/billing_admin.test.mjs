// Admins of billing: from the navigation to an event, which is sent again; a customer is linked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, pictures, portal, signIn, sql, textOf, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();
const mark = `b${Date.now()}`;
const type = `moon.${mark}`;
const BODY = JSON.stringify({
  id: 'evt_1',
  data: { object: { id: 'in_1', amount_paid: 900, customer_email: 'alice@example.org' } },
});

async function look(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await pictures(page, name);
}

before(() => sql(`INSERT INTO stripe_events (id, source, is_live, type, object_id, state, ended_at,
    attempts, effect, error, body)
  VALUES ('evt_' || :'mark' || '1', 'webhook', false, :'type', 'in_1', 'failed', now(), 12, NULL,
    '404, resource_missing, request req_1', :'body'),
   ('evt_' || :'mark' || '2', 'gap', false, :'type', 'sub_1', 'done', now(), 1,
    'sub_1: active, then canceled. ', NULL, NULL);
  INSERT INTO stripe_customers (id, is_live, user_sub) VALUES ('cus_' || :'mark', false, 'nobody');`,
{ mark, type, body: BODY }));

after(() => sql(`DELETE FROM stripe_events WHERE type = :'type';
  DELETE FROM stripe_customers WHERE id = 'cus_' || :'mark';`, { mark, type }));

const attempts = () => sql(`SELECT attempts FROM stripe_events WHERE id = 'evt_' || :'mark' || '1';`,
  { mark });

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with a script' : 'without a script';
  test(`an admin finds a failed event and sends it again, ${how}`, async () => {
    const visitor = await visit(browser(), { javaScriptEnabled });
    const { page } = visitor;
    await sql(`UPDATE stripe_events SET state = 'failed', ended_at = now(), attempts = 12,
      error = '404, resource_missing, request req_1' WHERE id = 'evt_' || :'mark' || '1';`, { mark });
    await signIn(page, 'erin');

    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).click();
    await page.getByRole('heading', { name: 'Stripe events' }).waitFor();
    await page.getByLabel('Type', { exact: true }).fill(type);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: 'Show all' }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 2);
    if (javaScriptEnabled) await look(page, 'stripe-events');

    await page.getByRole('link', { name: /^Failed/ }).click();
    await page.waitForURL(/state=failed/);
    assert.equal(await page.getByLabel('Type', { exact: true }).inputValue(), type, 'the state keeps the type');
    assert.equal(await page.getByLabel('State', { exact: true }).inputValue(), 'failed');
    assert.equal(await page.getByLabel('Of type').inputValue(), type, 'what is shown is sent again');
    assert.match(await textOf(page.locator('tbody tr')),
      new RegExp(`^${type} Failed 404, resource_missing, request req_1 in_1 .* UTC Webhook 12$`));

    await page.getByRole('link', { name: type }).click();
    await page.getByRole('heading', { name: 'What came of it' }).waitFor();
    const body = await page.locator('pre').textContent();
    assert.match(body, /"amount_paid": 900/);
    assert.match(body, /"customer_email": "•••"/);
    assert.equal((await page.content()).includes('alice@'), false);
    if (javaScriptEnabled) await look(page, 'stripe-event');

    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('The event is sent again.').waitFor();
    assert.notEqual(await attempts(), '12');
    await visitor.end();
  });
}

test('an admin links a customer to an account', async () => {
  const visitor = await visit(browser());
  const { page } = visitor;
  const payer = await visit(browser());
  await signIn(payer.page, `payer-${mark}`);
  await payer.end();
  await signIn(page, 'erin');

  await page.goto(portal(`/admin/stripe/customers?after=cus_${mark.slice(0, -1)}`));
  await look(page, 'stripe-customers');
  await page.getByRole('link', { name: `cus_${mark}` }).click();
  await page.getByLabel('Account').fill('nobody-at-all');
  await page.getByRole('button', { name: 'Find the account' }).click();
  await page.getByText('There is no account with that sub or e-mail address.').waitFor();
  await look(page, 'stripe-link-wrong');
  await page.getByLabel('Account').fill(`payer-${mark}`);
  await page.getByRole('button', { name: 'Find the account' }).click();
  await page.getByRole('heading', { name: 'The account' }).waitFor();
  await look(page, 'stripe-link');
  await page.getByRole('button', { name: 'Link this customer to this account' }).click();
  await page.getByText('The customer is linked').waitFor();
  assert.equal(await sql(`SELECT u.keycloak_sub FROM stripe_customers c JOIN users u ON u.id = c.user_id
    WHERE c.id = 'cus_' || :'mark';`, { mark }), `payer-${mark}`);
  await page.goto(portal('/admin/stripe/differences'));
  await look(page, 'stripe-differences');
  await visitor.end();
});

test('a member sees nothing of it', async () => {
  const visitor = await visit(browser());
  visitor.expect(/status of 403/);
  const { page } = visitor;
  await signIn(page, `member-${mark}`);
  assert.equal(await page.getByRole('link', { name: 'Admin' }).count(), 0);
  await page.goto(portal('/admin/stripe'));
  await page.getByText('This page is for those who look after billing.').waitFor();
  await look(page, 'stripe-member');
  await visitor.end();
});
