// A portal of a test's own, on the database of the stack.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, root, setting, stackSettings } from './lib.mjs';

// Below those that the system takes for connections (from 32768 on): one of these might be given to
// somebody's connection before the server listens.
export async function freePort() {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch {
      continue; // taken
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

// A portal on the database of the stack. From its start on it is the one lib.mjs speaks of.
export class TestPortal {
  // Another flavour than the stack's must have been built.
  constructor(port, flavor) {
    this.port = port;
    this.binary = (!flavor && process.env.PORTAL_BIN)
      || join(root, 'build', flavor ?? 'prod', 'portal', 'portal');
    this.url = `http://127.0.0.1:${port}`;
    this.log = '';
  }

  async start(settings) {
    await this.launch(settings);
    process.env.PORTAL_URL = this.url;
    return this;
  }

  async launch(settings) {
    const internal = await freePort();
    this.internal = `http://127.0.0.1:${internal}`;
    this.folder = mkdtempSync(join(tmpdir(), 'portal-'));
    this.process = spawn(this.binary, ['-fnr'], {
      cwd: root,
      env: {
        ...stackSettings(),
        PUBLIC_URL: this.url,
        PUBLIC_BIND: `127.0.0.1:${this.port}`,
        INTERNAL_BIND: `127.0.0.1:${internal}`,
        RUN_DIR: this.folder,
        WORKERS: '2', // one for pages, so that a test knows what has been fetched
        RATE_LIMITS: 'off',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = once(this.process, 'exit');
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => { this.log += text; });
    }
    await eventually(async () => {
      if (this.process.exitCode !== null) throw new Error(`the portal ended: ${this.log}`);
      await fetch(`http://127.0.0.1:${internal}/healthz`);
    }, 50);
  }

  async stop() {
    if (this.process?.exitCode === null) {
      this.process.kill('SIGTERM');
      await this.ended;
    }
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }
}

// txt or pics on its database of the stack, where the simulator's provider lets people sign in.
export class TestService extends TestPortal {
  constructor(role) {
    super(Number(setting(`${role.toUpperCase()}_PORT`)));
    this.role = role;
    this.database = setting('DATABASE_URL').replace(/\/accounts$/, `/${role}`);
  }

  async start(settings) {
    this.pictures = mkdtempSync(join(tmpdir(), 'pictures-'));
    await this.launch({
      PORTAL_ROLE: this.role,
      DATABASE_URL: this.database,
      PORTAL_INTERNAL_URL: setting('INTERNAL_URL'),
      PICS_DIR: this.pictures,
      ...settings,
    });
    return this;
  }

  async stop() {
    await super.stop();
    rmSync(this.pictures, { recursive: true, force: true });
  }
}
