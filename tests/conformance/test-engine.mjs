#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Engine.IO, protocol revision 4: every case of its own test suite, and what the protocol's text and Node's server say beyond it.
import http from 'node:http';
import { MAX_PAYLOAD, PING_INTERVAL, PING_TIMEOUT, Path, assert, hurriedTest, run, sleep, test } from './support.mjs';

const at = (origin) => new Path(origin, '/engine.io/');
// What Socket.IO's own test suite asks of the Engine.IO below it is asked there, too.
const everywhere = (name, body, declare = test) => {
  for (const path of ['/engine.io/', '/socket.io/'])
    declare(`${name}, at ${path}`, (origin) => body(new Path(origin, path)));
};
const hurriedEverywhere = (name, body) => everywhere(name, body, hurriedTest);
const REFUSALS = ['Transport unknown', 'Session ID unknown', 'Bad handshake method', 'Bad request', 'Forbidden', 'Unsupported protocol version'];

async function refuses(path, code, query, options) {
  const response = await path.fetch(query, options);
  assert.equal(response.status, 400, query);
  assert.deepEqual(await response.json(), { code, message: REFUSALS[code] }, query);
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
}

function checkOpen(packet, upgrades) {
  assert.equal(packet[0], '0');
  const open = JSON.parse(packet.slice(1));
  assert.deepEqual(Object.keys(open).sort(), ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades']);
  assert.equal(typeof open.sid, 'string');
  assert.deepEqual(open.upgrades, upgrades);
  assert.deepEqual([open.pingInterval, open.pingTimeout, open.maxPayload], [PING_INTERVAL, PING_TIMEOUT, MAX_PAYLOAD]);
}

// Handshake

everywhere('polling opens a session', async (path) => {
  const response = await path.fetch('?EIO=4&transport=polling');
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/plain; *charset=utf-8$/i);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  checkOpen(await response.text(), ['websocket']);
});

test('polling without the slash at the end of the path', async (origin) => {
  checkOpen(await (await new Path(origin, '/engine.io').fetch('?EIO=4&transport=polling')).text(), ['websocket']);
});

everywhere('polling: a wrong EIO', async (path) => {
  for (const query of ['?transport=polling', '?EIO=abc&transport=polling', '?EIO=3&transport=polling', '?EIO=&transport=polling'])
    await refuses(path, 5, query);
});

everywhere('polling: a wrong transport', async (path) => {
  for (const query of ['?EIO=4', '?EIO=4&transport=abc', '', '?EIO=4&transport=constructor', '?EIO=4&transport='])
    await refuses(path, 0, query);
});

everywhere('polling: a wrong method', async (path) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
    await refuses(path, 2, '?EIO=4&transport=polling', { method, body: method === 'DELETE' ? undefined : '4x' });
  assert.equal((await path.fetch('?EIO=4&transport=polling', { method: 'HEAD' })).status, 400);
});

test('polling: an unknown sid', async (origin) => {
  await refuses(at(origin), 1, '?EIO=4&transport=polling&sid=abc');
  await refuses(at(origin), 1, '?EIO=4&transport=polling&sid=abc', { method: 'POST', body: '4x' });
  await refuses(at(origin), 1, '?EIO=4&transport=polling&sid=__proto__');
});

test('a session answers no other method', async (origin) => {
  const polling = await at(origin).opened();
  await refuses(at(origin), 3, polling.query, { method: 'PUT', body: '4x' });
});

everywhere('WebSocket opens a session', async (path) => {
  const socket = path.connect();
  checkOpen(await socket.next(), []);
  await socket.close();
});

everywhere('WebSocket: wrong EIO, transport and sid', async (path) => {
  for (const query of ['?transport=websocket', '?EIO=abc&transport=websocket', '?EIO=4', '?EIO=4&transport=abc', '?EIO=4&transport=websocket&sid=abc'])
    assert.equal(await path.connect(query).refusal, 400, query);
});

test('WebSocket: a request that is no upgrade', async (origin) => {
  await refuses(at(origin), 3, '?EIO=4&transport=websocket');
});

test('a WebSocket session cannot be polled', async (origin) => {
  const socket = at(origin).connect();
  const { sid } = JSON.parse((await socket.next()).slice(1));
  await refuses(at(origin), 3, `?EIO=4&transport=polling&sid=${sid}`);
  await refuses(at(origin), 3, `?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body: '4x' });
  socket.send('4still here');
  assert.equal(await socket.next(), '4still here');
  await socket.close();
});

test('the preflight of another site', async (origin) => {
  const response = await at(origin).fetch('?EIO=4&transport=polling&sid=abc', { method: 'OPTIONS', headers: {
    'Origin': 'https://elsewhere.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type,x-custom' } });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  assert.match(response.headers.get('access-control-allow-methods'), /POST/);
  assert.equal(response.headers.get('access-control-allow-headers'), 'content-type,x-custom');
});

// Messages

hurriedTest('polling: one text packet', async (origin) => {
  const polling = await at(origin).opened();
  const { status, body, headers } = await polling.post('4hello');
  assert.deepEqual([status, body, headers.get('access-control-allow-origin')], [200, 'ok', '*']);
  await polling.said('4hello');
});

hurriedTest('polling: several text packets in one payload', async (origin) => {
  const polling = await at(origin).opened();
  assert.deepEqual(await polling.post('4one\x1e4two\x1e4€ 😀').then(({ body }) => body), 'ok');
  await polling.said('4one\x1e4two\x1e4€ 😀');
});

hurriedTest('polling: text and binary in one payload', async (origin) => {
  const polling = await at(origin).opened();
  assert.equal((await polling.post('4hello\x1ebAQIDBA==\x1eb\x1e4')).status, 200);
  await polling.said('4hello\x1ebAQIDBA==\x1eb\x1e4');
});

hurriedTest('polling: what comes while a GET waits', async (origin) => {
  const polling = await at(origin).opened();
  const waiting = polling.get();
  await sleep(20);
  await polling.post('4one\x1e4two');
  assert.deepEqual(await waiting.then(({ status, body }) => [status, body]), [200, '4one\x1e4two']);
});

test('polling: a payload that is none ends the session', async (origin) => {
  for (const body of ['abc', '', '4a\x1e', '4a\x1e\x1e4b', 'bAQID*A==', '7', '4\xff'.slice(0, 1) + '\0'] ) {
    const polling = await at(origin).opened();
    assert.equal((await polling.post(body)).status, 400, JSON.stringify(body));
    await polling.refused(1);
  }
});

test('polling: text that is not UTF-8 ends the session', async (origin) => {
  const polling = await at(origin).opened();
  assert.equal((await polling.post(new Uint8Array([0x34, 0xff]), { headers: { 'Content-Type': 'text/plain' } })).status, 400);
  await polling.refused(1);
});

test('polling: packets of the wrong direction end the session', async (origin) => {
  for (const body of ['0{}', '2', '5']) {
    const polling = await at(origin).opened();
    await polling.post(body);
    await polling.refused(1);
  }
});

test('polling: a body of bytes ends the session', async (origin) => {
  const polling = await at(origin).opened();
  assert.equal((await polling.post('4x', { headers: { 'Content-Type': 'application/octet-stream' } })).status, 400);
  await polling.refused(1);
});

hurriedTest('polling: a second GET ends the session', async (origin) => {
  const polling = await at(origin).opened();
  const [first, second] = await Promise.all([polling.get(), sleep(5).then(() => polling.path.fetch(polling.query + '&t=burst'))]);
  assert.deepEqual([first.status, first.body], [200, '1']);
  assert.equal(second.status, 400);
  await polling.refused(1);
});

// The body of a POST, piece by piece.
function slowPost(polling, length) {
  const url = new URL(polling.path.http + polling.query);
  const request = http.request({ host: url.hostname, port: url.port, path: url.pathname + url.search, method: 'POST', agent: false,
    headers: { 'Content-Length': length } });
  const answer = new Promise((resolve) => {
    request.on('response', (response) => { response.resume(); resolve(response.statusCode); });
    request.on('error', () => resolve('broken'));
  });
  return { request, answer };
}

hurriedTest('polling: a second POST ends the session', async (origin) => {
  const polling = await at(origin).opened();
  const { request, answer } = slowPost(polling, 6);
  request.write('4hel');
  await sleep(30);
  assert.equal((await polling.post('4second')).status, 400);
  request.end('lo');
  assert.equal(await answer, 400);
  await polling.refused(1);
});

hurriedTest('polling: a POST in pieces', async (origin) => {
  const polling = await at(origin).opened();
  const { request, answer } = slowPost(polling, 6);
  request.write('4hel');
  await sleep(20);
  request.end('lo');
  assert.equal(await answer, 200);
  await polling.said('4hello');
});

hurriedTest('polling: a POST broken off ends the session', async (origin) => {
  const polling = await at(origin).opened();
  const { request } = slowPost(polling, 6);
  request.write('4hel');
  await sleep(30);
  request.destroy();
  await sleep(30);
  await polling.refused(1);
});

hurriedTest('polling: a GET broken off ends the session', async (origin) => {
  for (const pause of [0, 30]) {
    const polling = await at(origin).opened();
    const controller = new AbortController();
    fetch(polling.path.http + polling.query, { signal: controller.signal }).catch(() => {});
    await sleep(10);
    controller.abort();
    await sleep(pause);
    await polling.refused(pause > 0 ? 1 : undefined);
  }
});

hurriedTest('polling: a body at the limit, and beyond', async (origin) => {
  const polling = await at(origin).opened();
  const largest = '4' + 'x'.repeat(MAX_PAYLOAD - 1);
  assert.equal((await polling.post(largest)).status, 200);
  await polling.said(largest);
  let status;
  try {
    status = (await polling.post(largest + 'x')).status;
  } catch {
    status = 'broken'; // the server need not read what it refuses
  }
  assert.ok(status === 413 || status === 'broken', status);
  await polling.refused(1);
});

test('polling: a body beyond the limit that does not tell its length', async (origin) => {
  const polling = await at(origin).opened();
  const stream = new ReadableStream({ start(controller) {
    for (let i = 0; i < 12; i++) controller.enqueue(new TextEncoder().encode('4' + 'x'.repeat(99999)));
    controller.close();
  } });
  let status;
  try {
    status = (await polling.post(stream, { duplex: 'half' })).status;
  } catch {
    status = 'broken';
  }
  assert.ok(status === 413 || status === 'broken', status);
  await polling.refused(1);
});

hurriedTest('polling: many small packets in one payload', async (origin) => {
  const polling = await at(origin).opened();
  const body = Array.from({ length: 20000 }, (_, i) => `4${i}`).join('\x1e');
  assert.equal((await polling.post(body)).status, 200);
  await polling.said(body);
});

test('WebSocket: text', async (origin) => {
  const socket = at(origin).connect();
  await socket.next();
  for (const text of ['4hello', '4', '4€ 😀', '4with \x1e inside'])  {
    socket.send(text);
    assert.equal(await socket.next(), text);
  }
  await socket.close();
});

test('WebSocket: binary', async (origin) => {
  const socket = at(origin).connect();
  await socket.next();
  for (const bytes of [[1, 2, 3, 4], [], [0x34, 0], Array.from({ length: 70000 }, (_, i) => i & 255)]) {
    socket.send(Buffer.from(bytes));
    assert.deepEqual(await socket.next(), Buffer.from(bytes));
  }
  await socket.close();
});

test('WebSocket: a packet that is none ends the session', async (origin) => {
  for (const text of ['abc', '', '7x', 'bAQID', '0', '2', '5']) {
    const socket = at(origin).connect();
    await socket.next();
    socket.send(text);
    await socket.end();
  }
});

hurriedTest('WebSocket: a message at the limit, and beyond', async (origin) => {
  const socket = at(origin).connect();
  await socket.next();
  const largest = '4' + 'x'.repeat(MAX_PAYLOAD - 1);
  socket.send(largest);
  assert.equal(await socket.nextSaid(), largest);
  socket.send(largest + 'x');
  assert.equal(await socket.end(), 1009);
});

// Heartbeat

hurriedEverywhere('polling: pings and pongs', async (path) => {
  const polling = await path.opened();
  const begin = Date.now();
  for (let i = 1; i <= 3; i++) {
    await polling.said('2');
    assert.ok(Date.now() - begin > i * PING_INTERVAL - 60, 'too early');
    assert.equal((await polling.post('3')).status, 200);
  }
});

everywhere('polling: no pong, no session', async (path) => {
  for (let i = 0; i < 6; i++) {
    const polling = await path.opened();
    await sleep(PING_INTERVAL + PING_TIMEOUT);
    await polling.refused(1);
  }
});

hurriedTest('polling: no pong ends a GET that waits', async (origin) => {
  const polling = await at(origin).opened();
  await polling.said('2');
  await polling.said('1');
  await polling.refused(1);
});

hurriedEverywhere('WebSocket: pings and pongs', async (path) => {
  const socket = path.connect();
  await socket.next();
  for (let i = 0; i < 3; i++) {
    assert.equal(await socket.next(), '2');
    socket.send('3');
  }
  await socket.close();
});

hurriedTest('WebSocket: pings keep their beat, whenever a pong comes', async (origin) => {
  const socket = at(origin).connect();
  await socket.next();
  const begin = Date.now();
  for (let i = 1; i <= 4; i++) {
    assert.equal(await socket.next(), '2');
    assert.ok(Math.abs(Date.now() - begin - i * PING_INTERVAL) < 60, `ping ${i} after ${Date.now() - begin} ms`);
    await sleep(50);
    socket.send('3');
  }
  await socket.close();
});

everywhere('WebSocket: no pong, no session', async (path) => {
  const socket = path.connect();
  const begin = Date.now();
  await socket.next();
  await socket.end();
  assert.ok(Date.now() - begin > PING_INTERVAL + PING_TIMEOUT - 60, 'too early');
});

test('WebSocket: who talks is not gone', async (origin) => {
  const socket = at(origin).connect();
  await socket.next();
  const talk = setInterval(() => socket.send('4still here'), 20);
  for (let pings = 0; pings < 1;) if (await socket.next() === '2') pings++;
  await sleep(2 * PING_TIMEOUT);
  socket.send('3');
  for (let pings = 0; pings < 1;) if (await socket.next() === '2') pings++;
  clearInterval(talk);
  await socket.close();
});

// Close

hurriedEverywhere('polling: the client closes', async (path) => {
  const polling = await path.opened();
  const [got, posted] = await Promise.all([polling.get(), polling.post('1')]);
  assert.deepEqual([got.status, got.body], [200, '6']);
  assert.equal(posted.status, 200);
  await polling.refused(1);
});

test('polling: the client closes with no GET waiting', async (origin) => {
  const polling = await at(origin).opened();
  assert.equal((await polling.post('4last words\x1e1')).status, 200);
  await polling.refused(1);
});

everywhere('WebSocket: the client closes', async (path) => {
  const socket = path.connect();
  await socket.next();
  socket.send('1');
  await socket.end();
});

// Upgrade

hurriedTest('upgrade: with its probe', async (origin) => {
  const polling = await at(origin).opened();
  const socket = polling.offer();
  await socket.open;
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  await polling.said('6');
  socket.send('5');
  socket.send('4hello');
  assert.equal(await socket.next(), '4hello');
  await socket.close();
});

hurriedTest('upgrade: a GET that waits is ended', async (origin) => {
  const polling = await at(origin).opened();
  const waiting = polling.get();
  await sleep(20);
  const socket = await polling.upgraded();
  assert.deepEqual(await waiting.then(({ status, body }) => [status, body]), [200, '6']);
  await socket.close();
});

hurriedTest('upgrade: later requests of the old kind are refused', async (origin) => {
  const polling = await at(origin).opened();
  const socket = await polling.upgraded();
  await polling.refused(3);
  assert.equal((await polling.post('4x')).status, 400);
  socket.send('4hello');
  assert.equal(await socket.next(), '4hello');
  await socket.close();
});

test('upgrade: a GET in the same breath as the upgrade is refused', async (origin) => {
  for (let i = 0; i < 5; i++) {
    const polling = await at(origin).opened();
    const socket = polling.offer();
    await socket.open;
    socket.send('2probe');
    socket.send('5');
    await polling.refused(3);
    assert.equal(await socket.next(), '3probe');
    await socket.close();
  }
});

test('upgrade: a further WebSocket is closed', async (origin) => {
  const polling = await at(origin).opened();
  const socket = await polling.upgraded();
  const second = polling.offer();
  await second.end();
  socket.send('4hello');
  assert.equal(await socket.next(), '4hello');
  await socket.close();
});

test('upgrade: a second offer is closed, the first goes on', async (origin) => {
  const polling = await at(origin).opened();
  const first = polling.offer();
  await first.open;
  await polling.offer().end();
  first.send('2probe');
  assert.equal(await first.next(), '3probe');
  first.send('5');
  first.send('4hello');
  assert.equal(await first.next(), '4hello');
  await first.close();
});

hurriedTest('upgrade: an offer that breaks the protocol is dropped, polling goes on', async (origin) => {
  for (const wrong of ['4hello', '2', '3', 'abc', '1', Buffer.from([1])]) {
    const polling = await at(origin).opened();
    const socket = polling.offer();
    await socket.open;
    socket.send(wrong);
    await socket.end();
    await polling.post('4still polling');
    await polling.said('4still polling');
  }
});

hurriedTest('upgrade: an offer that goes away after the probe leaves polling alone', async (origin) => {
  const polling = await at(origin).opened();
  const socket = polling.offer();
  await socket.open;
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  await socket.close();
  const waiting = polling.get();
  await sleep(60);
  await polling.post('4still polling');
  assert.equal((await waiting).body, '4still polling');
});

hurriedTest('upgrade: what waits goes over the WebSocket, in order', async (origin) => {
  const polling = await at(origin).opened();
  await polling.post('4one\x1ebAQI=');
  const socket = polling.offer();
  await socket.open;
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  await polling.post('4two');
  socket.send('5');
  socket.send('4three');
  assert.equal(await socket.next(), '4one');
  assert.deepEqual(await socket.next(), Buffer.from([1, 2]));
  assert.equal(await socket.next(), '4two');
  assert.equal(await socket.next(), '4three');
  await socket.close();
});

hurriedTest('upgrade: messages during the probe still come by polling', async (origin) => {
  const polling = await at(origin).opened();
  const socket = polling.offer();
  await socket.open;
  await polling.post('4one');
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  await polling.said('4one');
  await polling.said('6');
  socket.send('5');
  socket.send('4two');
  assert.equal(await socket.next(), '4two');
  await socket.close();
});

hurriedTest('upgrade: the heartbeat goes over with it', async (origin) => {
  const polling = await at(origin).opened();
  await sleep(PING_INTERVAL + 50);
  const socket = await polling.upgraded();
  for (let i = 0; i < 2; i++) {
    assert.equal(await socket.next(), '2');
    socket.send('3');
  }
  await socket.close();
});

hurriedEverywhere('upgrade: in one breath, and the old session is heard no more', async (path) => {
  const polling = await path.opened();
  const socket = polling.offer();
  await socket.open;
  socket.send('2probe');
  socket.send('5');
  await polling.refused(3);
  await polling.offer().end();
  assert.equal(await socket.next(), '3probe');
  await socket.close();
});

test('the two paths share no sessions', async (origin) => {
  const polling = await at(origin).opened();
  await refuses(new Path(origin, '/socket.io/'), 1, polling.query);
});

await run();
