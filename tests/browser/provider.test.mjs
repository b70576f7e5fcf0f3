// Signing in against a provider that others wrote: npm's oidc-provider, in a real browser, by
// clicking through its pages. What a hostile provider may send is tests/http/test_signin.py's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, eventually, launch, pictures, portal, signInControl,
  sql, textOf, visit,
} from './lib.mjs';
import { freePort, TestPortal } from './instance.mjs';
import {
  logIn, loginField, startSignOutElsewhere, stayHere, TestProvider,
} from './provider.mjs';

// Each of these means something else in a form, in a header or in base64.
const SECRET = 's3cr+t/ %:&="%2B~';
const settings = (provider) => ({
  OIDC_ISSUER: provider.url, OIDC_CLIENT_ID: 'portal', OIDC_CLIENT_SECRET: provider.secret,
});

let browser;
let provider;
let service;
before(async () => {
  browser = await launch();
  const port = await freePort();
  provider = new TestProvider({
    port: await freePort(), portalUrl: `http://127.0.0.1:${port}`, secret: SECRET,
    authMethod: 'client_secret_basic',
  });
  await provider.start();
  service = await new TestPortal(port).start(settings(provider));
});
after(async () => {
  await browser?.close();
  await service?.stop();
  await provider?.stop();
});

async function visitor() {
  const someone = await visit(browser);
  await stayHere(someone.context);
  return someone;
}

// A new account each time, so that no test finds another one's sessions.
let accounts = 0;
const newAccount = () => `oidc-${Date.now()}-${++accounts}`;

const isDashboard = (page) => page.getByRole('heading', { level: 1, name: 'Dashboard' });
const main = (page) => textOf(page.getByRole('main'));

// From the front page to the provider's login form.
async function goToProvider(page) {
  await page.goto(portal('/'));
  await signInControl(page).first().click();
  await loginField(page).waitFor();
  assert.ok(page.url().startsWith(provider.url), page.url());
}

async function signIn(page, account) {
  await goToProvider(page);
  await logIn(page, account);
  await isDashboard(page).waitFor();
  assert.equal(page.url(), portal('/dashboard'));
}

function sessionsOf(account) {
  return sql(`SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE u.keycloak_sub = :'account';`, { account }).then(Number);
}

// As if five minutes had gone by since the provider said who has which role.
function letRolesGrowOld(account) {
  return sql(`UPDATE sessions SET roles_read_at = now() - interval '301 seconds'
    WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = :'account');`, { account });
}

// An error page as people find it, at all widths, in light and dark.
async function assertErrorPage(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await pictures(page, name);
}

test('login, consent, dashboard; the secret by client_secret_basic', async () => {
  const account = newAccount();
  const someone = await visitor();
  const { page } = someone;
  await signIn(page, account);
  assert.match(await textOf(page.getByRole('banner')), new RegExp(account));
  assert.equal(await sessionsOf(account), 1);
  const kept = await sql(`SELECT email, email_verified, issuer FROM users
    WHERE keycloak_sub = :'account';`, { account });
  assert.equal(kept, `${account}@example.org|t|${provider.url}`);
  await someone.end();
});

test('the secret by client_secret_post, the profile by userinfo', async () => {
  const port = await freePort();
  const other = await new TestProvider({
    port: await freePort(), portalUrl: `http://127.0.0.1:${port}`, secret: SECRET,
    authMethod: 'client_secret_post', hasRolesInToken: false,
  }).start();
  const before = process.env.PORTAL_URL;
  const portalOfOther = await new TestPortal(port).start(settings(other));
  const account = newAccount();
  other.roles.set(account, ['support']);
  const someone = await visitor();
  try {
    const { page } = someone;
    await page.goto(portal('/account/sessions'));
    await logIn(page, account);
    await page.getByText('Your roles at the moment: support').waitFor();
    assert.equal(page.url(), portal('/account/sessions'));
    const email = await sql("SELECT email FROM users WHERE keycloak_sub = :'account';", { account });
    assert.equal(email, `${account}@example.org`, 'as userinfo says');

    other.roles.set(account, ['ops']);
    await letRolesGrowOld(account);
    await page.reload();
    await page.getByText('Your roles at the moment: ops').waitFor();
    await someone.end();
  } finally {
    process.env.PORTAL_URL = before;
    await portalOfOther.stop();
    await other.stop();
  }
});

test('roles come from the provider, and its changes bite', async () => {
  const account = newAccount();
  provider.roles.set(account, ['ops', 'admin', 'unheard-of']);
  const someone = await visitor();
  const { page } = someone;
  await signIn(page, account);
  await page.goto(portal('/account/sessions'));
  await page.getByText('Your roles at the moment: admin ops').waitFor();

  provider.heard.length = 0;
  for (const [roles, words] of [[['billing'], 'billing'], [['billing', 'ops'], 'billing ops']]) {
    provider.roles.set(account, roles);
    await letRolesGrowOld(account);
    await page.reload();
    await page.getByText(`Your roles at the moment: ${words}`).waitFor();
  }
  provider.roles.set(account, []);
  await letRolesGrowOld(account);
  await page.reload();
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
  assert.doesNotMatch(await main(page), /Your roles/);
  assert.deepEqual(provider.heard, Array(3).fill('refresh_token.consumed'), 'one for each time');
  await someone.end();
});

test('signing out goes through the provider and ends both sessions', async () => {
  const account = newAccount();
  const someone = await visitor();
  const { page } = someone;
  await signIn(page, account);
  assert.equal(await sessionsOf(account), 1);

  await page.locator('#account-menu > summary').click();
  await page.getByRole('button', { name: /sign out/i }).click();
  const yes = page.getByRole('button', { name: 'Yes, sign me out' });
  await yes.waitFor();
  assert.ok(page.url().startsWith(provider.url), page.url());
  assert.equal(await sessionsOf(account), 0, 'before the provider is asked');
  await yes.click();
  await signInControl(page).first().waitFor();
  assert.equal(page.url(), portal('/'));

  await signInControl(page).first().click();
  await loginField(page).waitFor(); // the provider does not know the person any more
  await someone.end();
});

// Chromium lets no answer to a form lead there, so a page of ours stands between.
test('signing out at a provider that ends sessions at another origin', async () => {
  const account = newAccount();
  const someone = await visitor();
  const { page } = someone;
  await signIn(page, account);
  const elsewhere = await startSignOutElsewhere();
  const before = process.env.PORTAL_URL;
  // On the same database and key, and cookies ignore ports: the person is signed in there, too.
  const other = await new TestPortal(await freePort()).start({
    ...settings(provider), OIDC_ISSUER: elsewhere.url,
  });
  try {
    let times = 0;
    const heldBack = (route) => {
      times++;
      return route.abort('aborted'); // leaves the browser where it is
    };
    await page.route(`${elsewhere.place}/**`, heldBack);
    await page.goto(`${other.url}/dashboard`);
    await page.locator('#account-menu > summary').click();
    await page.getByRole('button', { name: /sign out/i }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await eventually(() => assert.ok(times > 0, 'the browser goes on by itself'), 50);
    assert.equal(await sessionsOf(account), 0);
    assert.doesNotMatch(await page.content(), new RegExp(account));
    await assertAccessible(page, 'signed-out');
    await assertNoSidewaysScroll(page, 'signed-out');
    await pictures(page, 'signed-out');

    await page.unroute(`${elsewhere.place}/**`, heldBack);
    await page.getByRole('link', { name: 'Sign out there, too' }).click();
    await page.getByRole('heading', { name: 'Signed out at the provider' }).waitFor();
    const asked = new URL(elsewhere.place + elsewhere.seen[0]).searchParams;
    assert.equal(asked.get('post_logout_redirect_uri'), `${other.url}/`);
    assert.equal(asked.get('client_id'), 'portal');
    assert.match(asked.get('id_token_hint'), /^eyJ/);
  } finally {
    process.env.PORTAL_URL = before;
    await other.stop();
    elsewhere.stop();
  }
  await someone.end();
});

test('the provider still knows who signs in a second time', async () => {
  const account = newAccount();
  const someone = await visitor();
  const { page, context } = someone;
  await signIn(page, account);
  await context.clearCookies({ domain: '127.0.0.1' });
  await page.goto(portal('/dashboard'));
  await isDashboard(page).waitFor();
  assert.equal(await sessionsOf(account), 2);
  await someone.end();
});

test('a session that ends at the provider ends here', async () => {
  const account = newAccount();
  const [someone, stranger] = [await visitor(), await visitor()];
  const { page, context } = someone;
  await signIn(page, account);
  await signIn(stranger.page, newAccount());

  provider.heard.length = 0;
  const elsewhere = await context.newPage();
  await elsewhere.goto(`${provider.url}/session/end`);
  await elsewhere.getByRole('button', { name: 'Yes, sign me out' }).click();
  await eventually(() => assert.ok(provider.heard.includes('backchannel.success'),
    `${provider.heard}\n${service.log.slice(-1000)}`), 50);
  assert.equal(await sessionsOf(account), 0);

  await page.reload();
  await loginField(page).waitFor();
  await stranger.page.reload();
  await isDashboard(stranger.page).waitFor();
  await someone.end();
  await stranger.end();
});

test('a new key of the provider', async () => {
  const someone = await visitor();
  await signIn(someone.page, newAccount());
  await provider.rotate();
  const other = await visitor();
  await signIn(other.page, newAccount());
  assert.doesNotMatch(service.log, /ID token: /);
  await someone.end();
  await other.end();
});

test('an answer of the provider works once', async () => {
  const account = newAccount();
  const [someone, stranger] = [await visitor(), await visitor()];
  const { page, context } = someone;
  let callback;
  page.on('request', (request) => {
    if (request.url().includes('/auth/callback?')) callback = request.url();
  });
  await signIn(page, account);
  assert.match(callback, /[?&]code=/);
  const [before] = await context.cookies(portal('/')).then((all) => all
    .filter(({ name }) => name === 'portal'));

  await page.goto(callback); // as with the button "back": where the person wanted to be
  await isDashboard(page).waitFor();
  const [later] = await context.cookies(portal('/')).then((all) => all
    .filter(({ name }) => name === 'portal'));
  assert.equal(later.value, before.value);

  await context.clearCookies({ name: 'portal' });
  someone.expect(/401/);
  stranger.expect(/401/);
  for (const place of [page, stranger.page]) {
    const answer = await place.goto(callback);
    assert.equal(answer.status(), 401);
    assert.match(await main(place), /Please sign in (This sign-in has been used|.*not begun)/);
  }
  assert.equal(await sessionsOf(account), 1);
  await assertErrorPage(page, 'signin-replayed');
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await isDashboard(page).waitFor(); // the provider still knows the person
  await someone.end();
  await stranger.end();
});

test('who gives up at the login form is told so and may try again', async () => {
  const someone = await visitor();
  const { page } = someone;
  someone.expect(/401/);
  await goToProvider(page);
  await page.getByRole('link', { name: /cancel/i }).click();
  await page.getByText('The sign-in was not completed.').waitFor();
  assert.ok(page.url().startsWith(portal('/auth/callback?')), page.url());
  assert.doesNotMatch(await main(page), /belongs to an account|straight back here/);
  await assertErrorPage(page, 'signin-cancelled');

  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await logIn(page, newAccount());
  await isDashboard(page).waitFor();
  await someone.end();
});

test('a provider that is down takes nothing with it but signing in', async () => {
  const someone = await visitor();
  const member = await visitor();
  const { page } = someone;
  const account = newAccount();
  someone.expect(/503/);
  await signIn(member.page, account);
  await goToProvider(page);
  await loginField(page).fill(newAccount());
  await provider.stop();
  try {
    // Before: the portal has just spoken with the provider and may believe that it is there.
    await new Promise((resolve) => setTimeout(resolve, 5_100));
    await page.goto(portal('/'));
    await signInControl(page).first().click();
    await page.getByText('The sign-in service cannot be reached.').waitFor();
    await assertErrorPage(page, 'signin-provider-down');
    await page.goto(portal('/'));
    await signInControl(page).first().waitFor();
    await member.page.goto(portal('/dashboard'));
    await isDashboard(member.page).waitFor();

    // Who signs out is signed out, whatever becomes of the provider.
    await member.page.locator('#account-menu > summary').click();
    await member.page.getByRole('button', { name: /sign out/i }).click().catch(() => null);
    await eventually(async () => assert.equal(await sessionsOf(account), 0), 100);
  } finally {
    await provider.start();
  }
  await page.goto(portal('/'));
  await signInControl(page).first().click();
  await loginField(page).waitFor();
  await logIn(page, account);
  await isDashboard(page).waitFor();
  await someone.end();
  await member.end();
});
