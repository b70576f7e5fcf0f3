// The dashboard against a real bouncer: soju on PostgreSQL, two IRC networks, channels with hostile
// names, messages in both directions. First what the page says while all is well; then every source
// is stopped in turn, and the page must say what was last known and when, and leave the rest alone.
//
// Where there is no soju (tests/soju/build says why) this is skipped; with CI=true that is an
// error.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  assertAccessible, assertNoSidewaysScroll, buildSoju, card, eventually, figure, launch,
  letTimePass, picture, pictures, signIn, sim, sql, textOf, visit, world,
} from '../browser/lib.mjs';

const CAROL = {
  sub: 'carol', email: 'carol@example.org', email_verified: true, name: 'Carol Example',
  preferred_username: 'carol', roles: [],
};
const USAGE = {
  sub: 'carol', paste_count: 3, paste_bytes: 260_000, image_count: 2, image_bytes: 2_340_000,
};
const STARTED_AT = Math.floor(Date.now() / 1000) - 3 * 86_400 - 1800;
// Time for a refresh (2 s at most), for the page's patience, for a database to come back.
const AGE = /(\d+ (seconds|minutes?) ago|just now)$/;

const missing = await buildSoju();

describe('a real bouncer', { skip: missing ?? false }, () => {
  let browser, visitor, page, figures;

  before(async () => {
    figures = await world('start', '--bouncer', 'carol');
    await sim.reset();
    await sim.account(CAROL);
    await sim.usage(USAGE);
    await sim.kube({
      deployment: 'carol', phase: 'running', created_at: STARTED_AT - 60, started_at: STARTED_AT,
      restarts: 0,
    });
    await forget();
    browser = await launch();
    visitor = await visit(browser);
    page = visitor.page;
  });

  after(async () => {
    await browser?.close();
    await world('stop');
    await sim.reset();
    await forget();
  });

  // Carol's bouncers and what is known about her; the account and its events stay.
  async function forget() {
    await sql(`DELETE FROM bouncers WHERE name IN ('carol', 'carol-lost');
      DELETE FROM source_snapshots WHERE user_id = (SELECT id FROM users
        WHERE keycloak_sub = 'carol');`);
  }

  async function giveBouncer(name) {
    const id = await sql(`INSERT INTO bouncers (user_id, name, soju_username)
      SELECT id, :'name', :'user' FROM users WHERE keycloak_sub = 'carol' RETURNING id;`,
    { name, user: figures.soju_username });
    assert.match(id, /^\d+$/, 'signing in has made the account');
  }

  // Reloads until the page says what it must. Every source is asked anew.
  async function settles(check) {
    await letTimePass('carol');
    await eventually(async () => {
      await page.reload();
      await check();
    });
  }

  const bouncer = () => card(page, 'carol');

  // --- what each part of the page says while its source answers ---

  async function assertSojuFresh() {
    assert.equal(await figure(bouncer(), 'Networks'), String(figures.network_count));
    assert.equal(await figure(bouncer(), 'Channels'), String(figures.channel_count));
    assert.equal(await figure(bouncer(), 'Messages in history'), String(figures.messages));
    assert.equal(await bouncer().locator('.trouble').count(), 0);
  }

  async function assertKubeFresh() {
    const status = bouncer().locator('.status');
    assert.match(await textOf(status), /^Running since .* UTC, for 3 days\.$/);
    assert.equal(await status.locator('time').first().getAttribute('datetime'),
      new Date(STARTED_AT * 1000).toISOString().replace('.000Z', 'Z'));
  }

  async function assertContentFresh(title, count, storage) {
    assert.equal(await figure(card(page, title), 'Count'), count);
    assert.equal(await figure(card(page, title), 'Storage'), storage);
    assert.equal(await card(page, title).locator('.trouble').count(), 0);
  }
  const assertTxtFresh = () => assertContentFresh('Pastes', '3', '260 kB');
  const assertPicsFresh = () => assertContentFresh('Pictures', '2', '2.3 MB');
  const fresh = {
    soju: assertSojuFresh, kube: assertKubeFresh, txt: assertTxtFresh, pics: assertPicsFresh,
  };

  async function assertFresh(...sources) {
    for (const source of sources) await fresh[source]();
  }

  // --- and when it does not: the same figures, their age, the reason ---

  async function assertStale(place, labels, reason) {
    for (const [label, value] of labels) {
      const words = await figure(place, label);
      assert.ok(words.startsWith(`${value} `), `${label}: ${words}`);
      assert.match(words, AGE, label);
    }
    assert.match(await textOf(place.locator('.trouble')), reason);
  }

  const assertSojuStale = (reason) => assertStale(bouncer(), [
    ['Networks', figures.network_count], ['Channels', figures.channel_count],
    ['Messages in history', figures.messages],
  ], reason);

  async function assertKubeStale(reason) {
    const words = await textOf(bouncer().locator('.status'));
    assert.match(words, /^Running since .* As of (\d+ (seconds|minutes?) ago|just now): /);
    assert.match(words, reason);
  }

  // What the lists show, read from the document. A name with markup in it would have children of
  // its own; an address has a place where it may break. A network without a name is called by its
  // address, once.
  function readNetworks() {
    return bouncer().locator('li.network').evaluateAll((networks) => networks.map((network) => {
      const shown = (element) => {
        if (element.querySelector('bdi :not(wbr, .port)')) throw new Error('markup in a name');
        return element.querySelector('bdi').textContent;
      };
      return {
        name: shown(network.querySelector('.network-name')),
        address: shown(network.querySelector('.network-address')
          ?? network.querySelector('.network-name')),
        enabled: network.querySelector('.network-state .badge').textContent === 'enabled',
        count: network.querySelector('.network-state').textContent.match(/\d+ channels?/)?.[0],
        channels: [...network.querySelectorAll('li.channel')].map((channel) => ({
          name: shown(channel),
          detached: channel.querySelector('small')?.textContent === 'detached',
        })),
      };
    }));
  }

  // As base/text.h promises: control characters and what turns the direction of writing are spelled
  // out; the dashboard cuts a name of more than 40 characters.
  function readable(name) {
    const safe = name.replace(/[\x01-\x1f\u202e]/g, (c) =>
      `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
    const points = [...safe];
    return points.length > 40 ? `${points.slice(0, 39).join('')}…` : safe;
  }

  const byName = (a, b) => (a.name < b.name ? -1 : 1);

  // None is said by a sentence of its own.
  function channelsInWords(count) {
    if (count === 0) return undefined;
    return count === 1 ? '1 channel' : `${count} channels`;
  }

  function expectedNetworks() {
    return figures.networks.map(({ name, address, enabled, channels }) => ({
      name: readable(name),
      address,
      enabled,
      count: channelsInWords(channels.length),
      channels: channels.map((c) => ({ name: readable(c.name), detached: c.detached }))
        .sort(byName),
    })).sort(byName);
  }

  // --- the story ---

  test('a new account has no bouncer, and the page says how to get one', async () => {
    await signIn(page, 'carol');
    const region = page.getByRole('region', { name: 'Bouncer', exact: true });
    assert.match(await textOf(region), /No bouncer yet/);
    assert.equal(await page.locator('.network').count(), 0);
  });

  test('figures, states and times are those of the real bouncer', async () => {
    await giveBouncer('carol');
    await settles(() => assertFresh('soju', 'kube', 'txt', 'pics'));
    assert.match(await textOf(card(page, 'Total storage')), /\b2\.6 MB$/);
  });

  test('networks and channels: every one, readable, harmless, on its own network', async () => {
    const shown = (await readNetworks())
      .map((network) => ({ ...network, channels: network.channels.sort(byName) })).sort(byName);
    assert.deepEqual(shown, expectedNetworks());
    assert.equal(shown.filter((network) => network.enabled).length, figures.enabled_count);
    assert.match(await textOf(bouncer()), /No channel yet/);
    const long = figures.networks.flatMap((n) => n.channels).find((c) => [...c.name].length > 40);
    assert.equal(await bouncer().getByTitle(long.name, { exact: true }).count(), 1,
      'the whole of a long name is in its title');
  });

  test('the page with hostile names is well made', async () => {
    await assertAccessible(page, 'dashboard with a real bouncer');
    await assertNoSidewaysScroll(page, 'dashboard with a real bouncer');
    await pictures(page, 'real-soju');
  });

  test('what is said later is added to the count', async () => {
    const before = figures.messages;
    figures = await world('talk', '--lines', '3');
    assert.equal(figures.messages, before + 3);
    await settles(() => assertFresh('soju'));
  });

  test("a bouncer whose database never was: unknown and why, never 0, next to one that works",
    async () => {
      await giveBouncer('carol-lost');
      const lost = card(page, 'carol-lost');
      await settles(async () => {
        for (const label of ['Networks', 'Channels', 'Messages in history']) {
          assert.match(await figure(lost, label),
            /^unknown the service knows nothing under this name/, label);
        }
        assert.doesNotMatch(await textOf(lost), /\b0\b/);
        assert.match(await textOf(lost.locator('.status')), /^Not running/);
        await assertFresh('soju', 'kube', 'txt', 'pics');
      });
      await picture(page, 'real-soju-lost');
      await sql("DELETE FROM bouncers WHERE name = 'carol-lost';");
    });

  // Each source: how it is stopped, how it comes back, what the page says meanwhile.
  const outages = {
    soju: {
      stop: () => world('stop-db'),
      start: () => world('start-db'),
      assertStale: () => assertSojuStale(/last known: .*knows nothing under this name/),
    },
    txt: {
      stop: () => sim.fault('txt', 'error', { status: 503 }),
      start: () => sim.fault('txt', 'ok'),
      assertStale: () => assertStale(card(page, 'Pastes'), [['Count', 3], ['Storage', '260 kB']],
        /Last known: the service \w+/),
    },
    pics: {
      stop: () => sim.fault('pics', 'hang'),
      start: () => sim.fault('pics', 'ok'),
      assertStale: () => assertStale(card(page, 'Pictures'), [['Count', 2], ['Storage', '2.3 MB']],
        /Last known: the service does not answer/),
    },
    kube: {
      stop: () => sim.fault('kube', 'refuse-auth'),
      start: () => sim.fault('kube', 'ok'),
      assertStale: () => assertKubeStale(/the service does not let the portal in/),
    },
  };
  const sources = Object.keys(outages);

  for (const source of sources) {
    test(`${source} stops: last known with its time, the other cards intact; and comes back`,
      async () => {
        const { stop, start, assertStale: assertThisStale } = outages[source];
        await stop();
        try {
          await settles(async () => {
            await assertThisStale();
            await assertFresh(...sources.filter((other) => other !== source));
          });
          await picture(page, `real-soju-without-${source}`);
        } finally {
          await start();
        }
        await settles(() => assertFresh(...sources));
      });
  }

  test('all four stop: the whole page is still there, with its age', async () => {
    for (const source of sources) await outages[source].stop();
    try {
      await settles(async () => {
        for (const source of sources) await outages[source].assertStale();
      });
      // The total is as old as the older of its two parts.
      const total = await textOf(card(page, 'Total storage'));
      assert.match(total, /2\.6 MB /);
      assert.match(total, AGE);
      assert.equal(await bouncer().locator('li.network').count(), figures.network_count);
      await assertAccessible(page, 'dashboard, nothing answers');
      await assertNoSidewaysScroll(page, 'dashboard, nothing answers');
      await pictures(page, 'real-soju-without-all');
    } finally {
      for (const source of sources) await outages[source].start();
    }
    await settles(() => assertFresh(...sources));
  });

  test('no page complained', () => visitor.end());
});
