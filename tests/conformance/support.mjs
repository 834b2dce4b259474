// SPDX-License-Identifier: GPL-3.0-or-later
// A small TAP harness, an echo-server of one's own, and bare hands for both transports.
//   node test-NAME.mjs ECHO_SERVER
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const PATIENCE = 15000;
const tests = [];

export const PING_INTERVAL = 300;
export const PING_TIMEOUT = 200;
export const MAX_PAYLOAD = 1000000;
export const CONNECT_TIMEOUT = 1000;
export { assert };

if (!process.env.LOBBY_NODE_MODULES) {
  console.log('1..0 # SKIP LOBBY_NODE_MODULES does not name what tools/npm-modules made');
  process.exit(0);
}
const require = createRequire(process.env.LOBBY_NODE_MODULES + '/');
const { WebSocket } = require('ws');
export const { io } = require('socket.io-client');

export function test(name, body) {
  tests.push([name, body, 1]);
}

// A pong has 200 ms, and a ping comes between what takes 300, which a busy machine may not give to a client that is slow itself: such a case
// may try again.
export function hurriedTest(name, body) {
  tests.push([name, body, 4]);
}

async function attempt(name, body, origin, times) {
  try {
    await within(body(origin), 3 * PATIENCE, name);
  } catch (error) {
    if (times === 1) throw error;
    console.log(`# again: ${name}: ${error.message.replace(/\n.*/s, '')}`);
    await attempt(name, body, origin, times - 1);
  }
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: nothing in ${ms} ms`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// A queue of what came, for whoever asks for the next one.
class Mailbox {
  letters = [];
  waiting = [];

  put(letter) {
    const reader = this.waiting.shift();
    if (reader) reader(letter); else this.letters.push(letter);
  }

  take(what) {
    if (this.letters.length) return Promise.resolve(this.letters.shift());
    return within(new Promise((resolve) => this.waiting.push(resolve)), PATIENCE, what);
  }
}

// An Engine.IO session by hand at one path of the server.
export class Path {
  constructor(origin, path) {
    this.http = origin + path;
    this.socket = this.http.replace('http', 'ws');
  }

  fetch(query, options) {
    return within(fetch(this.http + query, options), PATIENCE, query);
  }

  async opened() {
    const response = await this.fetch('?EIO=4&transport=polling');
    assert.equal(response.status, 200);
    return new Polling(this, JSON.parse((await response.text()).slice(1)).sid);
  }

  connect(query = '?EIO=4&transport=websocket') {
    return new Socket(this.socket + query);
  }
}

class Polling {
  constructor(path, sid) {
    this.path = path;
    this.sid = sid;
    this.query = `?EIO=4&transport=polling&sid=${sid}`;
  }

  async get(options) {
    const response = await this.path.fetch(this.query, options);
    return { status: response.status, body: await response.text(), headers: response.headers };
  }

  async post(body, options) {
    const response = await this.path.fetch(this.query, { method: 'POST', body, ...options });
    return { status: response.status, body: await response.text(), headers: response.headers };
  }

  async said(body) {
    assert.deepEqual(await this.get().then(({ status, body }) => [status, body]), [200, body]);
  }

  async refused(code) {
    const { status, body } = await this.get();
    assert.equal(status, 400, body);
    if (code !== undefined) assert.equal(JSON.parse(body).code, code);
  }

  offer() {
    return this.path.connect(`?EIO=4&transport=websocket&sid=${this.sid}`);
  }

  async upgraded() {
    const socket = this.offer();
    await socket.open;
    socket.send('2probe');
    assert.equal(await socket.next(), '3probe');
    socket.send('5');
    return socket;
  }
}

export class Socket {
  constructor(url) {
    this.ws = new WebSocket(url);
    this.ws.binaryType = 'nodebuffer';
    this.mailbox = new Mailbox();
    this.open = new Promise((resolve) => this.ws.once('open', resolve));
    this.refusal = new Promise((resolve) => this.ws.once('unexpected-response', (request, response) => {
      response.resume();
      resolve(response.statusCode);
      request.destroy();
    }));
    this.closed = new Promise((resolve) => this.ws.once('close', (code) => resolve(code)));
    this.ws.on('error', () => {});
    this.ws.on('message', (data, binary) => this.mailbox.put(binary ? data : data.toString()));
  }

  send(data) {
    this.ws.send(data);
  }

  next() {
    return this.mailbox.take(this.ws.url);
  }

  // The next that is not a ping, which is answered.
  async nextSaid() {
    for (;;) {
      const data = await this.next();
      if (data !== '2') return data;
      this.send('3');
    }
  }

  end() {
    return within(this.closed, PATIENCE, 'the end of the WebSocket');
  }

  close() {
    this.ws.close();
    return this.end();
  }
}

export async function run() {
  const server = spawn(process.argv[2], ['0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const died = new Promise((resolve) => server.once('exit', (code, signal) => resolve(code ?? signal)));
  const line = await within(new Promise((resolve) => createInterface({ input: server.stdout }).once('line', resolve)), PATIENCE, 'the server');
  const origin = line.replace('Listening on ', '');
  let failed = 0;

  console.log(`TAP version 14\n1..${tests.length}`);
  for (const [index, [name, body, times]] of tests.entries()) {
    try {
      await attempt(name, body, origin, times);
      console.log(`ok ${index + 1} ${name}`);
    } catch (error) {
      failed++;
      console.log(`not ok ${index + 1} ${name}\n${String(error.stack ?? error).replace(/^/gm, '# ')}`);
    }
  }
  server.kill('SIGTERM');
  const end = await within(died, PATIENCE, 'the end of the server');
  if (end !== 0) console.log(`Bail out! the server ended with ${end}`);
  process.exit(failed || end !== 0 ? 1 : 0);
}
