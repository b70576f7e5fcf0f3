// npm's oidc-provider as a provider that can be stopped, started and given new keys, and the clicks
// through its pages.
//
// The provider is called localhost: another site than the portal at 127.0.0.1, as in life, with
// cookies of its own (cookies ignore ports).
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import Provider from 'oidc-provider';

// --- the provider --------------------------------------------------------------------------------

function newKeys() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ format: 'jwk' });
  return { keys: [{ ...key, kid: randomUUID(), use: 'sig', alg: 'RS256' }] };
}

// One client, the portal. Sessions and grants are in the memory of this process: they outlive a
// restart, as those of a provider with a database do.
export class TestProvider {
  // authMethod: the only way of sending the secret that it takes. hasRolesInToken: else roles and
  // e-mail are at its userinfo address only.
  constructor({ port, portalUrl, secret, authMethod, hasRolesInToken = true }) {
    Object.assign(this, { port, portalUrl, secret, authMethod, hasRolesInToken });
    this.url = `http://localhost:${port}`;
    this.roles = new Map(); // by account
    this.heard = []; // what it tells of itself: names of its events
    this.keys = newKeys();
  }

  configuration() {
    const about = ['email', 'email_verified', 'name', 'realm_access'];
    return {
      clients: [{
        client_id: 'portal',
        client_secret: this.secret,
        redirect_uris: [`${this.portalUrl}/auth/callback`],
        post_logout_redirect_uris: [`${this.portalUrl}/`],
        backchannel_logout_uri: `${this.portalUrl}/auth/backchannel`,
        backchannel_logout_session_required: true,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: this.authMethod,
      }],
      clientAuthMethods: [this.authMethod],
      pkce: { required: () => true },
      features: {
        devInteractions: { enabled: true },
        rpInitiatedLogout: { enabled: true },
        backchannelLogout: { enabled: true },
      },
      conformIdTokenClaims: !this.hasRolesInToken,
      claims: { openid: ['sub'], email: about },
      // As Keycloak: a refresh token without offline_access, and a new one each time. The old one
      // used again ends all that came of it.
      issueRefreshToken: () => true,
      rotateRefreshToken: () => true,
      jwks: this.keys,
      cookies: { keys: ['not a secret'] },
      findAccount: (ctx, id) => this.account(id),
    };
  }

  account(id) {
    return {
      accountId: id,
      claims: () => ({
        sub: id, email: `${id}@example.org`, email_verified: true, name: `${id} Example`,
        realm_access: { roles: this.roles.get(id) ?? [] },
      }),
    };
  }

  async start() {
    const provider = new Provider(this.url, this.configuration());
    for (const name of ['backchannel.success', 'backchannel.error', 'grant.error',
      'refresh_token.consumed', 'end_session.success', 'server_error']) {
      provider.on(name, (...args) => this.heard.push(
        [name, ...args.filter((a) => a instanceof Error).map(String)].join(' '),
      ));
    }
    this.server = provider.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  async stop() {
    if (!this.server) return;
    const { server } = this;
    this.server = null;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  // With a new key; tokens signed with the old one are no longer good.
  async rotate() {
    await this.stop();
    this.keys = newKeys();
    await this.start();
  }
}

// Says that signing out is at another origin than its name, as some providers do, and answers there.
// Nobody can sign in with it.
export async function startSignOutElsewhere() {
  const seen = [];
  const place = createHttpServer((request, response) => {
    seen.push(request.url);
    response.setHeader('content-type', 'text/html').end('<h1>Signed out at the provider</h1>');
  });
  const issuer = createHttpServer((request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({
      issuer: issuer.url, authorization_endpoint: `${issuer.url}/a`,
      token_endpoint: `${issuer.url}/t`, jwks_uri: `${issuer.url}/j`,
      end_session_endpoint: `${place.url}/end`,
    }));
  });
  for (const server of [place, issuer]) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    server.url = `http://localhost:${server.address().port}`;
  }
  const stop = () => [place, issuer].forEach((server) => {
    server.close();
    server.closeAllConnections();
  });
  return { url: issuer.url, place: place.url, seen, stop };
}

// --- clicks --------------------------------------------------------------------------------------

// The provider's pages want a font from elsewhere; tests ask nobody but this machine.
export function stayHere(context) {
  const isHere = (url) => ['127.0.0.1', 'localhost'].includes(url.hostname);
  return context.route((url) => !isHere(url), (route) => route.abort());
}

export const loginField = (page) => page.locator('input[name=login]');

// The provider's login form, then its form of consent.
export async function logIn(page, account) {
  await loginField(page).fill(account);
  await page.locator('input[name=password]').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await consent(page);
}

export const consent = (page) => page.getByRole('button', { name: 'Continue' }).click();
