// The pages of the first visit, as sample accounts see them: true figures, empty states that say
// what to do, no finding of axe-core, no sideways scrolling, and pictures to look at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, card, eventually, figure, letTimePass, pictures,
  portal, setting, signIn, sim, textOf, useBrowser, visit,
} from './lib.mjs';

const browser = useBrowser();

async function assertWellMade(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, `${name} has one h1`);
  await pictures(page, name);
}

test('the front page', async () => {
  const visitor = await visit(browser());
  await visitor.page.goto(portal('/'));
  await assertWellMade(visitor.page, 'landing');
  await visitor.end();
});

test('an unknown address is a page that leads on', async () => {
  const visitor = await visit(browser());
  visitor.expect(/status of 404/);
  const answer = await visitor.page.goto(portal('/no/such/page'));
  assert.equal(answer.status(), 404);
  await assertWellMade(visitor.page, 'not-found');
  await visitor.page.getByRole('main').getByRole('link', { name: /front page/i }).click();
  assert.equal(visitor.page.url(), portal('/'));
  await visitor.end();
});

test('alice: two bouncers, pastes and pictures', async () => {
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, 'alice');
  await letTimePass('alice');
  await eventually(async () => {
    await page.reload();
    assert.equal(await figure(card(page, 'Pastes'), 'Count'), '12');
    assert.equal(await figure(card(page, 'Pastes'), 'Storage'), '45.7 kB');
    assert.equal(await figure(card(page, 'Pictures'), 'Count'), '8');
    assert.equal(await figure(card(page, 'Pictures'), 'Storage'), '235 kB');
    assert.match(await textOf(card(page, 'Total storage')), /\b280 kB$/);
    assert.match(await textOf(card(page, 'alice')), /Running since .+ UTC, for 5 days\./);
    assert.match(await textOf(card(page, 'alice')), /\b1 restart\b/);
    assert.match(await textOf(card(page, 'alice-work')),
      /Restarting\b.*CrashLoopBackOff.*\b27 restarts\b/);
  });
  for (const bouncer of ['alice', 'alice-work']) {
    for (const label of ['Networks', 'Channels', 'Messages in history']) {
      const words = await figure(card(page, bouncer), label);
      assert.match(words, /^[\d,]+$|^unknown \w+/, `${bouncer}: ${label}: a number, or why not`);
    }
  }
  assert.match(await textOf(page.getByRole('region', { name: 'Plan', exact: true })), /free|pro/i);
  await assertWellMade(page, 'dashboard-alice');
  await visitor.end();
});

test('bob: nothing yet, and what to do about it', async () => {
  const visitor = await visit(browser());
  const { page } = visitor;
  await signIn(page, 'bob');
  await eventually(async () => {
    await page.reload();
    assert.match(await textOf(card(page, 'Pastes')), /No pastes yet/);
    assert.match(await textOf(card(page, 'Pictures')), /No pictures yet/);
  });
  const bouncers = page.getByRole('region', { name: 'Bouncer', exact: true });
  const isOffered = setting('BOUNCER_PROVISIONER', 'none') !== 'none';
  assert.match(await textOf(bouncers),
    isOffered ? /No bouncer yet.*Make a bouncer/ : /No bouncer yet.*ask them/);
  await assertWellMade(page, 'dashboard-bob');
  await visitor.end();
});

test('the page without JavaScript says the same', async () => {
  const visitor = await visit(browser(), { javaScriptEnabled: false });
  const { page } = visitor;
  await signIn(page, 'alice');
  await eventually(async () => {
    await page.reload();
    assert.match(await figure(card(page, 'Pastes'), 'Count'), /^12\b/);
    assert.match(await textOf(card(page, 'alice')), /Running since/);
  });
  await visitor.end();
});

// Whoever was never answered must not read a nought: a name of its own, so nothing is remembered.
test('what was never known is unknown with its reason, never 0', async () => {
  const newcomer = `dora${Date.now()}`;
  const visitor = await visit(browser());
  const { page } = visitor;
  try {
    await sim.fault('txt', 'error', { status: 503 });
    await sim.fault('pics', 'hang');
    await signIn(page, newcomer);
    await eventually(async () => {
      await page.reload();
      for (const title of ['Pastes', 'Pictures']) {
        const words = await textOf(card(page, title));
        assert.match(words, /unknown the service \w+/, title);
        assert.doesNotMatch(words, /not asked yet/, title);
      }
      assert.match(await textOf(card(page, 'Total storage')), /unknown/);
      const content = page.getByRole('region', { name: 'Content', exact: true });
      assert.doesNotMatch(await textOf(content), /\b0\b/);
    });
    await assertWellMade(page, 'dashboard-unknown');

    await sim.fault('txt', 'ok');
    await letTimePass(newcomer);
    await eventually(async () => {
      await page.reload();
      assert.match(await textOf(card(page, 'Pastes')), /No pastes yet/);
      assert.match(await textOf(card(page, 'Total storage')), /at least 0 B.*pictures unknown/);
    });
  } finally {
    await sim.reset();
  }
  await visitor.end();
});
