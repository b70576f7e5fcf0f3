// Money from the first to the last click: an admin says what a price buys, a person upgrades, sees
// Pro, looks at the invoice, previews the downgrade and does it; with and without a script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, eventually, pictures, portal, setting, signIn, sim, sql,
  textOf, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();
const stripe = () => setting('STRIPE_API_BASE');

async function look(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await pictures(page, name);
}

// What the sims of other tests may have left is not ours: each person is new.
const newPerson = (word) => `${word}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

const planOf = (person) => sql("SELECT plan FROM users WHERE keycloak_sub = :'person';", { person });

const eventsOf = (person) => sql(`SELECT string_agg(event_type || ' ' || (e.metadata->>'from')
    || ' ' || (e.metadata->>'to'), ', ' ORDER BY e.id)
  FROM events e WHERE e.user_sub = :'person' AND event_type LIKE 'plan_%';`, { person });

const row = (page, id) => page.getByRole('listitem').filter({ hasText: id });

// What the other tests of this file buy.
test('an admin says what a price buys', async () => {
  const admin = newPerson('billing-admin');
  await sim.account({ sub: admin, roles: ['billing'] });
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, admin);
  await page.goto(portal('/admin/prices'));
  await look(page, 'admin-prices');
  for (const id of ['price_pro_monthly', 'price_pro_yearly']) {
    await row(page, id).getByLabel('Buys').selectOption('Pro');
    await row(page, id).getByLabel('Offered').check();
    await row(page, id).getByRole('button', { name: /^Save/ }).click();
    await page.getByText('Saved. Plans of accounts').waitFor();
    assert.equal(await row(page, id).getByText('offered', { exact: true }).count(), 1);
  }
  // The mirror reads what it was told of.
  await eventually(async () => assert.equal(await sql(`SELECT count(*) FROM stripe_prices
    WHERE id LIKE 'price_pro_%' AND is_active;`), '2'));
  await visitor.end();
});

async function goToPay(page, label) {
  await page.goto(portal('/billing'));
  await page.getByRole('button', { name: label }).click();
  await page.waitForURL((url) => url.href.startsWith(stripe()));
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with a script' : 'without a script';
  test(`a person upgrades and goes back, ${how}`, async () => {
    const person = newPerson('pays');
    const visitor = await visit(browser(), { javaScriptEnabled });
    const { page } = visitor;
    await signIn(page, person);
    await page.goto(portal('/billing'));
    assert.equal(await page.locator('.side a[aria-current="page"]').textContent(), 'Billing');
    assert.match(await textOf(page.getByRole('listitem').filter({ hasText: 'For regulars.' }).first()),
      /9\.00 EUR a month .*90\.00 EUR a year saves 18\.00 EUR a year/);
    if (javaScriptEnabled) await look(page, 'billing-free');

    await page.goto(portal('/billing/change?to=pro'));
    await page.getByRole('heading', { name: 'From Free to Pro' }).waitFor();
    if (javaScriptEnabled) await look(page, 'billing-change-up');

    await page.goto(portal('/billing/invoices'));
    await page.getByText('No invoice yet').waitFor();
    if (javaScriptEnabled) await look(page, 'billing-invoices-none');

    // The bank says no once; nothing is bought.
    await goToPay(page, 'Upgrade to Pro: 9.00 EUR a month');
    await page.getByRole('button', { name: 'Decline the card' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'Cancel and go back' }).click();
    await page.getByRole('heading', { level: 1, name: 'Billing' }).waitFor();
    assert.equal(await planOf(person), 'free');

    await goToPay(page, 'Upgrade to Pro: 9.00 EUR a month');
    await page.getByRole('button', { name: /^Pay and/ }).click();
    await page.waitForURL((url) => url.pathname === '/billing/done');
    // The page looks again by itself, without a script as well.
    await page.getByRole('heading', { name: 'You have Pro now' }).waitFor({ timeout: 60_000 });
    if (javaScriptEnabled) await look(page, 'billing-done');
    assert.equal(await planOf(person), 'pro');
    assert.equal(await eventsOf(person), 'plan_upgrade free pro');

    await page.goto(portal('/billing'));
    const own = page.getByRole('region', { name: 'Your plan' });
    await eventually(async () => {
      await page.reload();
      assert.match(await textOf(own), /Pro Active Next charge: 9\.00 EUR on \d+ \w+ \d{4}/);
    });
    assert.equal(await page.getByRole('button', { name: /^Upgrade/ }).count(), 0);
    if (javaScriptEnabled) await look(page, 'billing-pro');

    await page.goto(portal('/billing/invoices'));
    await eventually(async () => {
      await page.reload();
      assert.match(await textOf(page.getByRole('main')), /\d{4} 9\.00 EUR Paid|9\.00 EUR .*Paid/);
    });
    if (javaScriptEnabled) await look(page, 'billing-invoices');
    const invoice = page.getByRole('link', { name: /^Invoice .* on the web$/ });
    assert.match(await invoice.getAttribute('rel'), /noopener/);
    assert.ok((await invoice.getAttribute('href')).startsWith(stripe()));

    // Before the click: what would be lost, and when.
    await sql(`INSERT INTO source_snapshots (user_id, source, answer, answered_at)
      SELECT id, 'txt', '{"count":3,"storage_bytes":25000000}', now() FROM users
        WHERE keycloak_sub = :'person'
      ON CONFLICT (user_id, source, bouncer_id) DO UPDATE SET answer = EXCLUDED.answer,
        answered_at = now();`, { person });
    await page.goto(portal('/billing'));
    await page.getByRole('link', { name: 'What would change with Free' }).click();
    await page.getByRole('heading', { name: 'From Pro to Free' }).waitFor();
    await page.getByText('5 MB too much. Nothing is deleted').waitFor();
    await page.getByText(/Pro is paid until \d/).waitFor();
    if (javaScriptEnabled) await look(page, 'billing-change-down');
    await page.getByRole('link', { name: 'Back, change nothing' }).click();
    await page.getByRole('link', { name: 'What would change with Free' }).click();
    await page.getByRole('button', { name: 'Cancel Pro' }).click();
    await page.waitForURL((url) => url.href.startsWith(stripe()));
    await page.getByRole('button', { name: /Cancel subscription on/ }).click();
    await page.goto(portal('/billing'));
    await eventually(async () => {
      await page.reload();
      assert.match(await textOf(own), /Pro until \d+ \w+ \d{4}; then Free\./);
    });
    assert.equal(await planOf(person), 'pro', 'it is paid until then');
    if (javaScriptEnabled) await look(page, 'billing-canceling');

    // It is undone there, where it was done.
    await page.getByRole('button', { name: 'Keep Pro' }).click();
    await page.waitForURL((url) => url.href.startsWith(stripe()));
    await page.getByRole('button', { name: "Don't cancel subscription" }).click();
    await page.goto(portal('/billing'));
    await eventually(async () => {
      await page.reload();
      assert.match(await textOf(own), /Next charge/);
    });

    // And at once, which only that page offers.
    await page.getByRole('button', { name: 'Cards, addresses, cancelling' }).click();
    await page.waitForURL((url) => url.href.startsWith(stripe()));
    await page.getByRole('button', { name: 'Cancel subscription now' }).click();
    await page.goto(portal('/billing'));
    await eventually(async () => {
      await page.reload();
      assert.match(await textOf(own), /Pro ended on/);
    });
    await eventually(async () => assert.equal(await eventsOf(person),
      'plan_upgrade free pro, plan_downgrade pro free'));
    await visitor.end();
  });
}

test('a payment that failed is said where it matters', async () => {
  const person = newPerson('owes');
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, person);
  await goToPay(page, 'Upgrade to Pro: 90.00 EUR a year');
  await page.getByRole('button', { name: /^Pay and/ }).click();
  await page.getByRole('heading', { name: 'You have Pro now' }).waitFor({ timeout: 60_000 });
  // As the mirror puts it when Stripe says so; the clock of the simulator is everybody's.
  await eventually(async () => assert.equal(await sql(`UPDATE stripe_subscriptions s
    SET status = 'past_due', past_due_at = now() - interval '2 days' FROM stripe_customers c
    WHERE c.id = s.customer_id AND c.user_sub = :'person' RETURNING s.status;`, { person }),
  'past_due'));
  await sql(`UPDATE stripe_invoices v SET status = 'open', attempt_count = 1,
      next_attempt_at = now() + interval '3 days'
    FROM stripe_customers c WHERE c.id = v.customer_id AND c.user_sub = :'person';
    INSERT INTO stripe_balance_entries SELECT 'cbtxn_' || n || c.id, c.id, 'adjustment', k, a, b,
      'eur', now() - n * interval '1 day', false
    FROM stripe_customers c, (VALUES (1, 'used', 900, -1100), (9, 'granted', -2000, -2000))
      AS m (n, k, a, b) WHERE c.user_sub = :'person';
    UPDATE stripe_customers SET currency = 'eur', balance_minor = -1100
      WHERE user_sub = :'person';`, { person });
  await page.goto(portal('/dashboard'));
  await page.getByRole('link', { name: 'See what to do' }).waitFor();
  await look(page, 'dashboard-past-due');
  await page.getByRole('link', { name: 'See what to do' }).click();
  await page.getByRole('heading', { name: 'Your last payment failed' }).waitFor();
  const open = page.getByRole('link', { name: 'Pay the open invoice' });
  assert.ok((await open.getAttribute('href')).startsWith(stripe()));
  await look(page, 'billing-past-due');
  await page.goto(portal('/billing/invoices'));
  await look(page, 'billing-invoices-open');
  await page.goto(portal('/billing'));
  await page.getByRole('button', { name: 'Change the card' }).click();
  await page.waitForURL((url) => url.href.startsWith(stripe()));
  await page.getByRole('button', { name: /one that works/ }).waitFor();
  await visitor.end();
});

test('who turns back has bought nothing, and may try again', async () => {
  const person = newPerson('doubts');
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, person);
  await goToPay(page, 'Upgrade to Pro: 90.00 EUR a year');
  const id = page.url().match(/cs_test_\w+/)[0];
  await page.goto(portal(`/billing/done?session_id=${id}`));
  await page.getByRole('heading', { name: 'Not paid yet' }).waitFor();
  await look(page, 'billing-not-paid');
  await page.getByRole('link', { name: 'Go on with the payment' }).click();
  await page.waitForURL((url) => url.href.startsWith(stripe()));
  await visitor.end();
});
