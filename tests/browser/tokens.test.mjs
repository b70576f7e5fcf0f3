// API tokens: a wrong form keeps what was typed, a right one shows the token once, and revoking asks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, pictures, portal, setting, signIn, sql, textOf,
  useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();

async function look(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await pictures(page, name);
}

const count = (person) => sql(`SELECT count(*) FROM api_tokens t JOIN users u ON u.id = t.user_id
  WHERE keycloak_sub = :'person';`, { person });

async function askWith(token) {
  const response = await fetch(`${setting('INTERNAL_URL')}/api/tokens/check`, {
    method: 'POST', body: JSON.stringify({ token }),
    headers: { authorization: `Bearer ${setting('INTERNAL_SECRET')}` },
  });
  return response.status;
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with a script' : 'without a script';
  test(`a token from the first to the last click, ${how}`, async () => {
    const person = `tokens-${Date.now()}`;
    const visitor = await visit(browser(), { javaScriptEnabled });
    visitor.expect(/status of (400|409)/);
    const { page } = visitor;
    await signIn(page, person);

    await page.goto(portal('/account'));
    await page.goto(portal('/tokens'));
    await page.getByText('You have no token.').waitFor();
    assert.equal(await page.locator('.side a[aria-current="page"]').textContent(), 'API tokens');
    if (javaScriptEnabled) await look(page, 'tokens-none');

    // The browser itself would hold back an empty name; somebody else's program does not.
    await page.getByLabel('Name').fill('   ');
    await page.getByLabel('Pictures').uncheck();
    await page.getByLabel('Good for').selectOption('1 year');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByText('Give it a name, such as the program that will use it.').waitFor();
    assert.ok(await page.getByLabel('Pastes').isChecked());
    assert.ok(!await page.getByLabel('Pictures').isChecked());
    assert.equal(await page.getByLabel('Good for').inputValue(), '1y');
    if (javaScriptEnabled) await look(page, 'tokens-wrong');

    await page.getByLabel('Name').fill('Laptop');
    await page.getByLabel('Pictures').check();
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByRole('heading', { name: 'Your new token' }).waitFor();
    const token = await page.locator('#token').textContent();
    assert.match(token, /^pt_[\w-]{43}$/);
    assert.match(await page.locator('#example-txt').textContent(),
      new RegExp(`^curl --data-binary @.* "Authorization: Bearer ${token}" .*/api/pastes$`));
    assert.equal(await page.getByRole('button', { name: 'Copy' }).count(), javaScriptEnabled ? 3 : 0);
    assert.equal(await page.getByLabel('Name').inputValue(), '', 'the form is ready for another');
    if (javaScriptEnabled) await look(page, 'tokens-made');
    assert.equal(await askWith(token), 200);

    await page.reload();
    await page.getByText('This form has made its token already').waitFor();
    assert.equal(await page.locator('#token').count(), 0);
    assert.equal(await count(person), '1');
    await page.goto(portal('/tokens'));
    const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) });
    assert.match(await textOf(row), new RegExp('^Laptop For pastes and pictures, ends in '
      + `${token.slice(-4)} Made .*, last used .*, expires in (1 year|12 months) Revoke$`));
    if (javaScriptEnabled) await look(page, 'tokens-one');

    await row.getByRole('link', { name: /^Revoke Laptop/ }).click();
    await page.getByRole('heading', { name: 'Revoke a token' }).waitFor();
    if (javaScriptEnabled) await look(page, 'tokens-revoke');
    assert.equal(await askWith(token), 200, 'asking revokes nothing');
    await page.getByRole('link', { name: 'Back, change nothing' }).click();
    await row.getByRole('link', { name: /^Revoke Laptop/ }).click();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await page.getByText('The token is revoked.').waitFor();
    await page.getByText('You have no token.').waitFor();
    assert.equal(await askWith(token), 404);
    await visitor.end();
  });
}
