// A bouncer that a person makes, against the real soju and a real IRC server: made in the browser, a
// password set, an IRC client that talks through it, the figures of it; then the network goes away,
// the outage is told in plain words and is over again; at last the bouncer is deleted, and its user
// is gone from soju.
//
// Where there is no soju (tests/soju/build says why) this is skipped; with CI=true that is an
// error.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { TestPortal } from '../browser/instance.mjs';
import {
  assertAccessible, buildSoju, eventually, figure, launch, pictures, portal, root, setting, signIn,
  sql, stackSettings, textOf, visit, world,
} from '../browser/lib.mjs';

const NAME = 'harbour-light';
// Whatever a shell, IRC or soju's own splitting might stumble over.
const PASSWORD = `it's "so" \\ $HOME; no`;
// A sample is taken each minute, and one from before may still be under way.
const SAMPLES_S = 200;

const missing = await buildSoju();

describe('a bouncer of one\'s own', { skip: missing ?? false }, () => {
  const database = 'accounts_of_soju';
  const admin = setting('ADMIN_DATABASE_URL');
  let browser, page, service, soju;

  before(async () => {
    soju = await world('bare');
    await sql(`DROP DATABASE IF EXISTS ${database} WITH (FORCE);`, {}, admin);
    await sql(`CREATE DATABASE ${database} OWNER portal TEMPLATE template0;`, {}, admin);
    // At the address of txt, which does not run beside the tests: the provider leads back to it.
    service = new TestPortal(Number(setting('TXT_PORT')));
    const settings = {
      DATABASE_URL: setting('DATABASE_URL').replace(/\/accounts$/, `/${database}`),
      BOUNCER_PROVISIONER: 'soju',
      BOUNCER_HOST: '127.0.0.1',
      BOUNCER_PORT: String(soju.soju_port),
      BOUNCER_PRIVATE_NETWORKS: 'on',
      BOUNCER_DELETE_GRACE_DAYS: '0',
      SOJU_ADMIN_SOCKET: soju.admin,
      SOJU_ADMIN_URL: '',
      SOJU_METRICS_URL: '',
      SOJU_DATABASE_URL: soju.database_url,
      SOJU_DATABASE_ADMIN_URL: '',
      KUBERNETES_API_URL: '',
      STRIPE_SECRET_KEY: '',
      STRIPE_WEBHOOK_SECRET: '',
    };
    await promisify(execFile)(service.binary, ['migrate'], {
      cwd: root, env: { ...stackSettings(), ...settings },
    });
    await service.start(settings);
    browser = await launch();
    const visitor = await visit(browser);
    page = visitor.page;
    await signIn(page, 'dora');
  });

  after(async () => {
    await browser?.close();
    await service?.stop();
    await world('stop');
    await sql(`DROP DATABASE IF EXISTS ${database} WITH (FORCE);`, {}, admin);
  });

  const here = (path = '') => portal(`/bouncers/${NAME}${path}`);
  const main = () => textOf(page.getByRole('main'));
  const line = () => page.locator('li', { has: page.getByRole('heading', { name: 'harbour', exact: true }) });
  const press = (name) => page.getByRole('button', { name, exact: true }).first().click();

  // Reloads until the page says what it must.
  const settles = (seconds, check) => eventually(async () => {
    await page.goto(here());
    await check();
  }, 2000, seconds);

  test('it is made with its network and is ready', async () => {
    await page.goto(portal('/bouncers/new'));
    await page.getByLabel('Name of the bouncer').fill(NAME);
    await page.getByRole('radio', { name: /^Another network/ }).check();
    await page.getByRole('textbox', { name: /^Address/ })
      .fill(`irc+insecure://127.0.0.1:${soju.harbour_port}`);
    await page.getByRole('textbox', { name: /^Name of the network/ }).fill('harbour');
    await page.getByRole('textbox', { name: /^Your nick|^Nick/ }).fill('dora');
    await page.getByRole('textbox', { name: /^Channels/ }).fill('#harbour');
    await press('Make the bouncer');
    await page.waitForURL(here());
    await page.getByRole('link', { name: 'How to connect', exact: true })
      .waitFor({ timeout: 90_000 });
    assert.ok((await world('users')).some((words) => words.startsWith(`${NAME}: `)));
    await settles(SAMPLES_S, async () => {
      assert.match(await textOf(line()), /Connected/);
      assert.match(await textOf(line()), /#harbour/);
    });
  });

  test('an IRC client talks through it', async () => {
    await page.goto(here('/connect'));
    await page.getByRole('textbox', { name: /password/i }).fill(PASSWORD);
    await press('Set the password');
    await page.getByText('The password that you typed holds').waitFor();
    const { lines } = await world('chat', '--user', NAME, '--password', PASSWORD);
    await settles(90, async () => {
      const shown = page.locator('.page-figures');
      assert.equal(await figure(shown, 'Messages in history'), String(lines));
    });
    await assertAccessible(page, 'bouncer-connected');
    await pictures(page, 'bouncer-connected');
  });

  test('an outage is told in plain words and ends', async () => {
    await world('stop-irc');
    await settles(SAMPLES_S, async () => {
      const words = await textOf(line());
      assert.match(words, /Not connected since /);
      assert.match(words, /refused|closed|not reached|cannot be reached|went away/i);
      assert.match(words, /1 outage/);
    });
    await pictures(page, 'bouncer-outage');
    await world('start-irc');
    await settles(SAMPLES_S + 120, async () => {
      assert.match(await textOf(line()), /Connected since/);
      await line().getByText('1 outage').click();
      assert.match(await textOf(line().locator('.outages')),
        /offline (\d\d:\d\d–\d\d:\d\d|.*\d\d:\d\d to .*\d\d:\d\d).*minute/i);
    });
  });

  test('it is deleted, and soju has no such user any more', async () => {
    await page.goto(here('/delete'));
    await page.getByLabel('Type the name of the bouncer').fill(NAME);
    await press('Delete it');
    await eventually(async () => {
      await page.goto(portal('/bouncers'));
      assert.ok(!(await main()).includes(NAME));
    });
    assert.ok(!(await world('users')).some((words) => words.startsWith(NAME)));
    const events = await sql(`SELECT string_agg(event_type || ' ' || (metadata->>'bouncer'), ', '
      ORDER BY id) FROM events WHERE event_type LIKE 'bouncer%';`, {}, service ? setting('DATABASE_URL')
      .replace(/\/accounts$/, `/${database}`) : undefined);
    assert.equal(events, `bouncer_create ${NAME}, bouncer_delete ${NAME}`);
  });
});
