// The dashboard's Content cards against the real txt and pics: what a person stores there through
// the forms is what the cards show, and what is deleted is gone from them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { TestPortal, TestService, freePort } from './instance.mjs';
import {
  assertAccessible, card, eventually, letTimePass, portal, setting, signIn, sql, textOf,
  useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();
const sub = 'content-cards';
let txt, pics, dashboard;

before(async () => {
  const signedInAt = process.env.PORTAL_URL;
  txt = await new TestService('txt').start({});
  pics = await new TestService('pics').start({});
  // Cookies know no ports: who is signed in at the stack's portal is so at this one, too.
  dashboard = new TestPortal(await freePort());
  await dashboard.launch({
    TXT_URL: txt.url, TXT_INTERNAL_URL: txt.internal,
    PICS_URL: pics.url, PIC_INTERNAL_URL: pics.internal,
  });
  assert.equal(process.env.PORTAL_URL, signedInAt);
});

after(async () => {
  const headers = { authorization: `Bearer ${setting('INTERNAL_SECRET')}` };
  for (const service of [pics, txt]) {
    if (!service) continue;
    const answer = await fetch(`${service.internal}/api/content/${sub}`, { method: 'DELETE', headers });
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).is_complete, true);
  }
  for (const service of [dashboard, pics, txt]) await service?.stop();
});

// A PNG of one colour, in a file as a form takes it.
function png(side) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const head = Buffer.alloc(4), tail = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    tail.writeUInt32BE(crcOf(body));
    return Buffer.concat([head, body, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  const row = Buffer.alloc(1 + 3 * side, 120);
  row[0] = 0;
  const buffer = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(Array(side).fill(row)))), chunk('IEND', Buffer.alloc(0)),
  ]);
  return { name: 'sky.png', mimeType: 'image/png', buffer };
}

// Node.js 18 has none.
function crcOf(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// The card of a kind once it has caught up: its figures, or that there is nothing.
async function assertCard(page, title, words) {
  await letTimePass(sub);
  await eventually(async () => {
    await page.goto(`${dashboard.url}/dashboard`);
    assert.match(await textOf(card(page, title)), words);
  });
}

test('what is stored through the forms is what the dashboard shows', async () => {
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, sub, portal('/'));
  await assertCard(page, 'Pastes', /No pastes yet/);
  await assertCard(page, 'Pictures', /No pictures yet/);

  await card(page, 'Pastes').getByRole('link', { name: 'Write the first one' }).click();
  assert.equal(new URL(page.url()).origin, txt.url);
  await signIn(page, sub, `${txt.url}/`);
  await page.getByLabel('Text').fill('12345678\n');
  await page.getByRole('button', { name: /save/i }).click();
  await page.waitForURL((url) => url.pathname !== '/');
  const paste = page.url();
  await assertCard(page, 'Pastes', /Count 1 Storage 9 B/);

  await card(page, 'Pictures').getByRole('link', { name: 'Upload the first one' }).click();
  assert.equal(new URL(page.url()).origin, pics.url);
  await signIn(page, sub, `${pics.url}/`);
  await page.locator('input[type=file]').first().setInputFiles(png(600));
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.waitForURL((url) => url.pathname !== '/');
  const stored = await sql(`SELECT bytes FROM usage WHERE user_id =
    (SELECT id FROM users WHERE keycloak_sub = :'sub');`, { sub }, pics.database);
  assert.ok(Number(stored) > 1000, stored);
  await assertCard(page, 'Pictures', new RegExp(`Count 1 Storage ${(stored / 1000).toFixed(1)} kB`));
  await assertAccessible(page, 'the cards');

  // The cards lead to where the things are, and what is deleted there is gone from them.
  await card(page, 'Pastes').getByRole('link', { name: 'Your pastes' }).click();
  assert.equal(page.url(), `${txt.url}/pastes`);
  await page.goto(paste);
  await page.getByRole('link', { name: /delete/i }).or(page.getByRole('button', { name: /delete/i }))
    .first().click();
  await page.getByRole('button', { name: /delete/i }).click();
  await assertCard(page, 'Pastes', /No pastes yet/);
  await assertCard(page, 'Pictures', /Count 1/);
  await visitor.end();
});
