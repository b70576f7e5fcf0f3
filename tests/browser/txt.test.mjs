// Pastes as a person makes, reads and throws them away.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TestService } from './instance.mjs';
import {
  assertAccessible, assertNoSidewaysScroll, pictures, signIn, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();
const txt = (path = '/') => service.url + path;
let service;

before(async () => { service = await new TestService('txt').start({}); });
after(() => service?.stop());


async function member(login, more) {
  const visitor = await visit(browser(), more);
  await signIn(visitor.page, login, txt());
  await visitor.page.getByRole('heading', { name: 'New paste' }).waitFor();
  return visitor;
}

async function look(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await pictures(page, name);
}

test('a person pastes, reads, points at a line, edits and deletes', async () => {
  const login = `paster-${Date.now()}`;
  const visitor = await member(login, { permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = visitor;
  await look(page, 'paste-new');
  const text = '# greets\ndef hello(name):\n\treturn f"hello {name}"\n\nhello("<b>")\n';
  await page.getByLabel('Text').fill(text);
  await page.getByLabel('Title').fill('hello.py');
  await page.getByLabel('Who can see it').selectOption('unlisted');
  await page.getByRole('button', { name: 'Save paste' }).click();
  await page.getByRole('heading', { name: 'hello.py' }).waitFor();
  assert.match(page.url(), /\/[1-9A-HJ-NP-Za-km-z]{13}$/);
  const link = page.url();
  assert.equal(await page.locator('.ck', { hasText: 'def' }).count(), 1);

  await page.getByRole('link', { name: '3', exact: true }).click();
  assert.equal(page.url(), `${link}#L3`);
  const marked = await page.locator('#L3').evaluate((e) => getComputedStyle(e).backgroundColor);
  assert.notEqual(marked, 'rgba(0, 0, 0, 0)');

  await look(page, 'paste-show');

  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await clipboard(), link);
  await page.getByRole('button', { name: 'Copy text' }).click();
  await page.getByRole('button', { name: 'Copied' }).nth(1).waitFor();
  assert.equal(await clipboard(), text);

  // By mouse, without the numbers beside it.
  await page.locator('pre.code').evaluate((e) => getSelection().selectAllChildren(e));
  await page.keyboard.press('Control+c');
  assert.equal((await clipboard()).trimEnd(), text.trimEnd());

  await page.getByRole('link', { name: 'Edit as new' }).click();
  assert.equal(await page.getByLabel('Text').inputValue(), text);
  assert.equal(await page.getByLabel('Title').inputValue(), 'hello.py');
  await page.getByLabel('Text').fill('second\n');
  await page.getByRole('button', { name: 'Save paste' }).click();
  await page.locator('#L1', { hasText: 'second' }).waitFor();

  await page.goto(txt('/pastes'));
  assert.equal(await page.locator('tbody tr').count(), 2);
  await look(page, 'pastes');
  for (const box of await page.getByRole('checkbox').all()) await box.check();
  await page.getByRole('button', { name: 'Delete chosen' }).click();
  await page.getByRole('heading', { name: 'Delete 2 pastes?' }).waitFor();
  await look(page, 'pastes-delete');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('2 pastes are deleted.').waitFor();
  await page.getByText('No pastes yet').waitFor();
  await visitor.end();
});

test('a file from the disk, and a refused form that keeps what was typed', async () => {
  const visitor = await member(`filer-${Date.now()}`);
  const { page } = visitor;
  const file = join(mkdtempSync(join(tmpdir(), 'paste-')), 'notes.md');
  writeFileSync(file, '# Notes\n');
  await page.getByLabel('Or a file').setInputFiles(file);
  await page.getByRole('button', { name: 'Save paste' }).click();
  await page.getByRole('heading', { name: 'notes.md' }).waitFor();

  await page.goto(txt());
  await page.getByLabel('Title').fill('kept');
  await page.getByLabel('Expires').selectOption('1d');
  const answer = page.waitForResponse((r) => r.request().method() === 'POST');
  await page.getByRole('button', { name: 'Save paste' }).click();
  assert.equal((await answer).status(), 400);
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Title').inputValue(), 'kept');
  assert.equal(await page.getByLabel('Expires').inputValue(), '1d');
  await look(page, 'paste-refused');
  visitor.expect(/400/);
  await visitor.end();
});

test('a stranger reads what it is, and a paste', async () => {
  const { page, ...visitor } = await visit(browser());
  await page.goto(txt());
  await page.getByRole('link', { name: 'Sign in to paste' }).waitFor();
  await look(page, 'paste-stranger');
  await visitor.end();
});
