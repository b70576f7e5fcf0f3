// A person uploads two pictures, looks at one, says what it shows, and deletes both; then drops and
// pastes some. The pages of pics, wide and small, light and dark.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TestService } from './instance.mjs';
import {
  assertAccessible, assertNoSidewaysScroll, eventually, pictures, root, textOf, useBrowser,
  visit,
} from './lib.mjs';

const browser = useBrowser();
const pics = (path = '/') => service.url + path;
let service;

before(async () => { service = await new TestService('pics').start({}); });
after(() => service?.stop());

const file = (name) => join(root, 'tests/data/pictures', name);

// lib.mjs knows the portal; here complaints are those of pics.
async function member(more) {
  const visitor = await visit(browser(), more);
  const { page } = visitor;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) visitor.complaints.push(message.text());
  });
  page.on('pageerror', (error) => visitor.complaints.push(error.message));
  await page.goto(pics());
  await page.getByRole('link', { name: 'Sign in to upload' }).click();
  await page.getByRole('button', { name: /\bbob\b/i }).first().click();
  await page.waitForURL(pics());
  return visitor;
}

async function choose(page, ...names) {
  await page.locator('#files').setInputFiles(names.map(file));
}

test('two pictures: uploaded, seen, described, deleted', async () => {
  const visitor = await member();
  const { page } = visitor;
  await pictures(page, 'pics-upload');
  await assertNoSidewaysScroll(page, 'the form');
  await assertAccessible(page, 'the form');

  await choose(page, 'gps.jpg', 'animated.gif');
  await page.getByLabel(/^Title/).fill('From the lab');
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.waitForURL(/\/pictures\?done=stored&n=2/);
  assert.match(await textOf(page.getByRole('status')), /2 pictures are stored/);
  await eventually(async () => {
    const widths = await page.locator('.tile img').evaluateAll(
      (all) => all.map((img) => img.naturalWidth));
    assert.ok(widths.length >= 2 && widths.slice(0, 2).every((width) => width > 0), `${widths}`);
  });
  await pictures(page, 'pics-list');
  await assertNoSidewaysScroll(page, 'the list');
  await assertAccessible(page, 'the list');

  await page.getByRole('link', { name: 'From the lab' }).first().click();
  await page.getByLabel(/^Description/).fill('Four fields of colour');
  await page.getByLabel('Who can see it').selectOption('public');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/done=saved/);
  assert.equal(await page.locator('.picture img').getAttribute('alt'), 'Four fields of colour');
  await page.getByText('For Markdown, HTML and forums').click();
  assert.match(await textOf(page.locator('#link-markdown')), /^\[!\[Four fields of colour\]/);
  await pictures(page, 'pics-one');
  await assertNoSidewaysScroll(page, 'a picture');
  await assertAccessible(page, 'a picture');

  await page.goto(pics('/pictures?q=lab'));
  for (const box of await page.getByRole('checkbox', { name: /Choose/ }).all()) await box.check();
  await page.getByRole('button', { name: 'Delete chosen' }).click();
  assert.match(await textOf(page.getByRole('heading', { level: 1 })), /^Delete \d+ pictures\?/);
  await assertAccessible(page, 'the question');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(/done=deleted/);
  assert.match(await textOf(page.getByRole('status')), /pictures are deleted/);
  await visitor.end();
});

test('dropped and pasted pictures; one that is none', async () => {
  const visitor = await member();
  const { page } = visitor;
  visitor.expect(/status of 400/);
  const give = (kind, names) => page.evaluate(async ([event, list]) => {
    const data = new DataTransfer();
    const canvas = document.createElement('canvas');
    canvas.width = 30;
    const blob = await new Promise((resolve) => canvas.toBlob(resolve));
    for (const name of list)
      data.items.add(new File([name === 'bad.png' ? 'none' : blob], name, { type: 'image/png' }));
    const options = { bubbles: true, cancelable: true };
    document.body.dispatchEvent(event === 'drop'
      ? new DragEvent('drop', { ...options, dataTransfer: data })
      : new ClipboardEvent('paste', { ...options, clipboardData: data }));
  }, [kind, names]);
  await give('drop', ['one.png']);
  await give('paste', ['two.png', 'bad.png']);
  const lines = page.locator('.uploading');
  assert.equal(await lines.count(), 3);
  await page.getByRole('button', { name: 'Upload' }).click();
  await eventually(async () => {
    assert.match(await textOf(lines.nth(0)), /^one\.png .* stored: look at it$/);
    assert.match(await textOf(lines.nth(2)), /^bad\.png .*no picture/);
  });
  await pictures(page, 'pics-refused');
  await assertAccessible(page, 'what was refused');
  await lines.nth(0).getByRole('link').click();
  await page.waitForURL(/\/[1-9A-Za-z]{13}$/);
  await visitor.end();
});

test('without a script', async () => {
  const visitor = await member({ javaScriptEnabled: false });
  const { page } = visitor;
  await choose(page, 'rgb.png');
  await page.getByLabel(/^Title/).fill('Plain');
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.waitForURL(/done=stored$/);
  assert.equal(await textOf(page.getByRole('heading', { level: 1 })), 'Plain');
  await page.goto(pics());
  await choose(page, 'bomb.png');
  await page.getByRole('button', { name: 'Upload' }).click();
  assert.match(await textOf(page.getByRole('alert')), /bomb\.png was not stored\./);
  await visitor.context.close();
});

test('a stranger', async () => {
  const visitor = await visit(browser());
  await visitor.page.goto(pics());
  await pictures(visitor.page, 'pics-stranger');
  await assertNoSidewaysScroll(visitor.page, 'what pics is');
  await assertAccessible(visitor.page, 'what pics is');
  await visitor.end();
});
