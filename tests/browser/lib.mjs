// What the browser tests share: the stack's addresses, a browser that objects to every error on
// the console, signing in through the simulator, the simulator's switches, and pictures of pages.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const WIDTHS = [320, 375, 1280, 2560];
const SCHEMES = ['light', 'dark'];

// --- the stack -----------------------------------------------------------------------------------

const files = ['.test/env', '.run/env'].map((name) => join(root, name));
const fromFile = readEnv(files.find(existsSync));

function readEnv(path) {
  const values = {};
  for (const line of path ? readFileSync(path, 'utf8').split('\n') : []) {
    const match = /^(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    if (match) values[match[1]] = match[2].replace(/^(['"])(.*)\1$/, '$2');
  }
  return values;
}

// An address or a setting of the running stack; the environment wins over the file.
export function setting(name, otherwise) {
  const value = process.env[name] || fromFile[name] || otherwise;
  if (value === undefined) throw new Error(`${name} is not set: run the tests through ./tests/run`);
  return value.replace(/\/$/, '');
}

// All of them, for a process of the test's own.
export const stackSettings = () => ({ ...fromFile, ...process.env });

export const portal = (path = '/') => setting('PORTAL_URL') + path;

// --- the browser ---------------------------------------------------------------------------------

export function launch() {
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

// One browser for all tests of a file, with the simulator as it was at first; ended after the last one.
export function useBrowser() {
  let browser;
  before(async () => {
    await sim.reset();
    browser = await launch();
  });
  after(() => browser?.close());
  return () => browser;
}

// A visitor with an own profile. visitor.end() closes it and throws if a page complained: an error
// on the console, a script error, a violation of the content policy, a failed or 5xx request.
export async function visit(browser, more = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 }, colorScheme: 'light', locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce', // else colours are measured on their way from light to dark
    ...more,
  });
  // A test that tries until something is true must try more than once: less than its patience.
  context.setDefaultTimeout(20_000);
  context.setDefaultNavigationTimeout(60_000);
  const complaints = [];
  context.on('page', (page) => listen(page, complaints));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const page = await context.newPage();
  const allowed = [];
  return {
    context, page, complaints,
    // For a page that is wanted to fail, such as the one for an unknown address.
    expect: (pattern) => allowed.push(pattern),
    async end() {
      await context.close();
      const rest = complaints.filter((text) => !allowed.some((pattern) => pattern.test(text)));
      assert.deepEqual(rest, [], 'the pages complained');
    },
  };
}

// Only of the portal's pages: the provider's are not ours.
function listen(page, complaints) {
  const note = (text, url = page.url()) => {
    if (url.startsWith(portal('/'))) complaints.push(`${text} (at ${page.url()})`);
  };
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    note(`console: ${message.text()}`, message.location().url || page.url());
  });
  page.on('dialog', (dialog) => {
    note(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('pageerror', (error) => note(`script: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 500) note(`${response.status()} ${response.url()}`, response.url());
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Leaving a page ends what it was still loading.
    if (why !== 'net::ERR_ABORTED') note(`${why} ${request.url()}`, request.url());
  });
}

// Signs in as somebody the simulator knows ('alice'), by clicking, as a person would.
export async function signIn(page, account, start = portal('/')) {
  const { origin } = new URL(start);
  await page.goto(start);
  if (new URL(page.url()).origin === origin) {
    await signInControl(page).first().click();
  }
  await page.waitForURL((url) => url.origin !== origin);
  await answerLogin(page, account);
  await page.waitForURL((url) => url.origin === origin);
  // A sign-in that was refused stays at the address the provider sent the browser to.
  assert.doesNotMatch(page.url(), /\/auth\/callback/, await textOf(page.getByRole('main')));
}

export function signInControl(page) {
  const name = /sign in/i;
  return page.getByRole('link', { name }).or(page.getByRole('button', { name }));
}

// The button stands in the account menu, which opens without JavaScript.
export async function signOut(page) {
  await page.locator('#account-menu > summary').click();
  await page.getByRole('button', { name: /sign out/i }).click();
  await signInControl(page).first().waitFor();
}

// The provider's page: a list of the sample accounts, and a field for any other name.
async function answerLogin(page, account) {
  const known = page.getByRole('button', { name: new RegExp(`\\b${account}\\b`, 'i') });
  if (await known.count() > 0) {
    await known.first().click();
    return;
  }
  const field = page.getByRole('textbox').first();
  await field.fill(account);
  await field.press('Enter');
}

// --- looking at pages ----------------------------------------------------------------------------

const artefacts = process.env.ARTEFACTS || join(root, '.test', 'artefacts');

export async function picture(page, name) {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true });
}

// The page in light and dark, wide and on a telephone.
export async function pictures(page, name) {
  const before = page.viewportSize();
  for (const scheme of SCHEMES) {
    for (const [word, width] of [['wide', 1280], ['375', 375]]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await picture(page, `${name}-${word}-${scheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}

export async function assertNoSidewaysScroll(page, name) {
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const [content, window] = await page.evaluate(() => {
      const element = document.scrollingElement;
      return [element.scrollWidth, element.clientWidth];
    });
    assert.ok(content <= window, `${name} is ${content}px wide in a window of ${width}px`);
  }
  await page.setViewportSize(before);
}

// No finding of axe-core, in light and in dark.
export async function assertAccessible(page, name) {
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    // evaluate() stands outside the page's content policy, so the policy stays as it is served.
    await page.evaluate(AXE);
    const found = await page.evaluate(async () => {
      const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
      return result.violations.map(({ id, help, nodes }) => `${id}: ${help}: `
        + nodes.slice(0, 3).map((node) => node.html).join(' | '));
    });
    assert.deepEqual(found, [], `${name} in ${scheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

// The card of a bouncer, or of a kind of content.
export function card(page, title) {
  const heading = page.getByRole('heading', { level: 3, name: title, exact: true });
  return page.getByRole('main').locator('article').filter({ has: heading });
}

// A figure of a card in the words of the page: "12", "12 2 minutes ago", "unknown the service …".
export function figure(place, label) {
  const term = place.page().locator('dt', { hasText: new RegExp(`^${label}$`) });
  return textOf(place.locator('div').filter({ has: term }).locator('dd'));
}

// What a reader sees, blanks as one blank.
export async function textOf(locator) {
  return (await locator.innerText()).replace(/\s+/g, ' ').trim();
}

// How long what must come to pass is waited for: no slow or loaded machine makes a difference.
export const PATIENCE_S = 90;

// Tries until it no longer throws; the last error when the time is over.
export async function eventually(attempt, pause = 500, seconds = PATIENCE_S) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

// --- the things behind the pages -----------------------------------------------------------------

const run = promisify(execFile);

// SQL on the accounts database; :'name' in it stands for a value, quoted by psql.
export async function sql(text, values = {}, url = setting('DATABASE_URL')) {
  const variables = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const child = run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', url, ...variables, '-f', '-']);
  child.child.stdin.end(text);
  return (await child).stdout.trim();
}

// As if two minutes had gone by for everything the portal knows of an account, so that no test
// waits out the 15 s in which an answer counts as fresh.
export function letTimePass(sub) {
  return sql(`UPDATE source_snapshots SET tried_at = tried_at - interval '2 minutes',
    answered_at = answered_at - interval '2 minutes'
    WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = :'sub');`, { sub });
}

async function post(path, order) {
  const response = await fetch(setting('SIM_URL') + path, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order),
  });
  assert.ok(response.ok, `the simulator refused ${path}: ${await response.text()}`);
}

export const sim = {
  // txt, pics, kube: ok, hang, error, garbage, huge, slow, refuse-auth, truncated
  fault: (target, mode, more = {}) => post('/control', { target, mode, ...more }),
  account: (order) => post('/control/account', order),
  usage: (order) => post('/control/usage', order),
  kube: (order) => post('/control/kube', order),
  reset: () => post('/control/reset', {}),
};

// A test with tests/soju/world.py; the JSON it says, or null if it says none.
export async function world(...words) {
  const options = { env: stackSettings(), timeout: 300_000, maxBuffer: 1 << 20 };
  const { stdout } = await run(join(root, 'tests', 'soju', 'world.py'), words, options);
  return stdout ? JSON.parse(stdout) : null;
}

// Builds soju. Why it cannot be had here, or null.
export async function buildSoju() {
  if (process.env.SOJU_BIN) return null;
  try {
    await run(join(root, 'tests', 'soju', 'build'), { timeout: 900_000 });
    return null;
  } catch (error) {
    if (error.code === 77) return error.stderr.trim();
    throw new Error(error.stderr);
  }
}
