// Chromium, nginx as conf/ shows it, and the portal behind it: forms keep their session however many
// headers come along. (Kore alone drops what comes after the 22nd, and cookies come late.)
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { portal, root, signIn, signOut, stackSettings, useBrowser, visit } from './lib.mjs';

const browser = useBrowser();
const SKIPPED = 77;

test('a form through nginx with 15 extra headers keeps its session', async (t) => {
  const front = spawn('python3', ['-B', join(root, 'tests', 'http', 'front.py')], {
    env: { ...stackSettings(), PORTAL_BIN: join(root, 'build', 'prod', 'portal', 'portal'),
      SIM_BIN: join(root, 'tests', 'sim', 'sim'), ...process.env },
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: root,
  });
  const ended = once(front, 'exit');
  const said = await Promise.race([once(front.stdout, 'data'), ended]);
  if (said[0] === SKIPPED) return t.skip('nginx is not installed');
  assert.ok(said[0] instanceof Buffer, 'nginx and the portal did not start');
  const before = process.env.PORTAL_URL;
  process.env.PORTAL_URL = String(said[0]).trim();
  try {
    const extra = Array.from({ length: 15 }, (_, n) => [`x-extra-${n}`, 'v'.repeat(30)]);
    const visitor = await visit(browser(), { extraHTTPHeaders: Object.fromEntries(extra) });
    const { page } = visitor;
    const other = await visit(browser());
    await signIn(other.page, 'alice');
    await other.end();
    await signIn(page, 'alice');
    await page.goto(portal('/account/sessions'));
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByText('You are now signed in here only.').waitFor();
    await signOut(page);
    await page.goto(portal('/dashboard'));
    assert.notEqual(new URL(page.url()).origin, new URL(portal('/')).origin, 'still signed in');
    await visitor.end();
  } finally {
    process.env.PORTAL_URL = before;
    front.stdin.end();
    await ended;
  }
  return undefined;
});
