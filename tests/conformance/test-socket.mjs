#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Socket.IO, protocol revision 5: every case of its own test suite, and more. Its Engine.IO half is in test-engine.mjs.
import { CONNECT_TIMEOUT, Path, assert, hurriedTest, run, sleep, test } from './support.mjs';

const at = (origin) => new Path(origin, '/socket.io/');
const PLACEHOLDERS = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
const ATTACHMENTS = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])];

async function opened(origin) {
  const socket = at(origin).connect();
  assert.equal((await socket.next())[0], '0');
  return socket;
}

async function connected(origin) {
  const socket = await opened(origin);
  socket.send('40');
  await socket.nextSaid();
  await socket.nextSaid();
  return socket;
}

async function connects(origin, packet, prefix, auth) {
  const socket = await opened(origin);
  socket.send(packet);
  const answer = await socket.nextSaid();
  assert.ok(answer.startsWith(prefix), answer);
  const handshake = JSON.parse(answer.slice(prefix.length));
  assert.deepEqual(Object.keys(handshake), ['sid']);
  assert.equal(typeof handshake.sid, 'string');
  assert.equal(await socket.nextSaid(), auth);
  return socket;
}

async function closes(origin, ...packets) {
  const socket = await connected(origin);
  for (const packet of packets) socket.send(packet);
  // Long before the ping's time-out would end it.
  assert.equal(await socket.end(), 1008, packets.join(' '));
}

test('the handshake over both transports', async (origin) => {
  const polling = await (await at(origin).fetch('?EIO=4&transport=polling')).text();
  assert.deepEqual(Object.keys(JSON.parse(polling.slice(1))).sort(), ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades']);
  const socket = at(origin).connect();
  assert.deepEqual(JSON.parse((await socket.next()).slice(1)).upgrades, []);
  await socket.close();
  for (const query of ['?transport=polling', '?EIO=abc&transport=polling', '?EIO=4', '?EIO=4&transport=abc'])
    assert.equal((await at(origin).fetch(query)).status, 400, query);
  for (const method of ['POST', 'PUT'])
    assert.equal((await at(origin).fetch('?EIO=4&transport=polling', { method })).status, 400, method);
});

test('CONNECT to the main namespace', async (origin) => {
  await (await connects(origin, '40', '40', '42["auth",{}]')).close();
});

test('CONNECT with auth', async (origin) => {
  await (await connects(origin, '40{"token":"123"}', '40', '42["auth",{"token":"123"}]')).close();
});

test('CONNECT to another namespace', async (origin) => {
  await (await connects(origin, '40/custom,', '40/custom,', '42/custom,["auth",{}]')).close();
});

test('CONNECT to another namespace with auth', async (origin) => {
  await (await connects(origin, '40/custom,{"token":"abc"}', '40/custom,', '42/custom,["auth",{"token":"abc"}]')).close();
});

test('CONNECT to an unknown namespace', async (origin) => {
  const socket = await opened(origin);
  socket.send('40/random');
  assert.equal(await socket.nextSaid(), '44/random,{"message":"Invalid namespace"}');
  socket.send('40');
  assert.ok((await socket.nextSaid()).startsWith('40{"sid":'));
  await socket.close();
});

test('something else instead of CONNECT', async (origin) => {
  for (const packet of ['4abc', '42["message"]', '431[]', '44{"message":"x"}', '4', '40[]', '40x', '40"x"']) {
    const socket = await opened(origin);
    socket.send(packet);
    assert.equal(await socket.end(), 1008, packet);
  }
});

hurriedTest('no CONNECT in time', async (origin) => {
  const socket = await opened(origin);
  const begin = Date.now();
  const pongs = setInterval(() => socket.send('3'), 100);
  assert.equal(await socket.end(), 1008);
  clearInterval(pongs);
  assert.ok(Date.now() - begin > CONNECT_TIMEOUT - 60 && Date.now() - begin < CONNECT_TIMEOUT + 1000);
});

test('no CONNECT at all, and no pong', async (origin) => {
  await (await opened(origin)).end();
});

hurriedTest('no CONNECT in time, over polling', async (origin) => {
  const polling = await at(origin).opened();
  const begin = Date.now();
  let got;
  do {
    got = await polling.get();
    if (got.body === '2') await polling.post('3');
  } while (got.status === 200 && got.body === '2');
  assert.deepEqual([got.status, got.body], [200, '1']);
  assert.ok(Date.now() - begin > CONNECT_TIMEOUT - 60);
  await polling.refused(1);
});

test('CONNECT twice to one namespace begins anew', async (origin) => {
  const socket = await connected(origin);
  socket.send('40{"again":1}');
  assert.ok((await socket.nextSaid()).startsWith('40{"sid":'));
  assert.equal(await socket.nextSaid(), '42["auth",{"again":1}]');
  socket.send('42["message"]');
  assert.equal(await socket.nextSaid(), '42["message-back"]');
  await socket.close();
});

hurriedTest('DISCONNECT from the main namespace leaves the connection', async (origin) => {
  const socket = await connected(origin);
  socket.send('41');
  assert.equal(await socket.next(), '2');
  await socket.close();
});

test('DISCONNECT, then CONNECT again', async (origin) => {
  const socket = await connected(origin);
  socket.send('41');
  socket.send('40{"again":1}');
  assert.ok((await socket.nextSaid()).startsWith('40{"sid":'));
  assert.equal(await socket.nextSaid(), '42["auth",{"again":1}]');
  await socket.close();
});

test('DISCONNECT from another namespace leaves the main one', async (origin) => {
  const socket = await connected(origin);
  socket.send('40/custom');
  assert.ok((await socket.nextSaid()).startsWith('40/custom,{"sid":'));
  assert.equal(await socket.nextSaid(), '42/custom,["auth",{}]');
  socket.send('41/custom');
  socket.send('42["message","message to main namespace"]');
  assert.equal(await socket.nextSaid(), '42["message-back","message to main namespace"]');
  socket.send('42/custom,["message"]');
  assert.equal(await socket.end(), 1008);
});

test('two namespaces over one connection', async (origin) => {
  const socket = await connected(origin);
  socket.send('40/custom,');
  await socket.nextSaid();
  await socket.nextSaid();
  socket.send('42/custom,["message","a"]');
  socket.send('42["message","b"]');
  socket.send('42/custom,7["message-with-ack","c"]');
  socket.send('427["message-with-ack","d"]');
  for (const packet of ['42/custom,["message-back","a"]', '42["message-back","b"]', '43/custom,7["c"]', '437["d"]'])
    assert.equal(await socket.nextSaid(), packet);
  await socket.close();
});

test('an event', async (origin) => {
  const socket = await connected(origin);
  socket.send('42["message",1,"2",{"3":[true]}]');
  assert.equal(await socket.nextSaid(), '42["message-back",1,"2",{"3":[true]}]');
  socket.send('42["message"]');
  assert.equal(await socket.nextSaid(), '42["message-back"]');
  await socket.close();
});

test('values come back as they were', async (origin) => {
  const socket = await connected(origin);
  const values = [null, true, false, 0, -1, 1.5, 9007199254740991, -0.25, '', '€ 😀', '"\\/\b\f\n\r\t', '\u0001', '\u001e', [], {}, { a: { b: [null] } }, [[]]];
  socket.send('42' + JSON.stringify(['message', ...values]));
  assert.deepEqual(JSON.parse((await socket.nextSaid()).slice(2)), ['message-back', ...values]);
  await socket.close();
});

test('an event with attachments', async (origin) => {
  const socket = await connected(origin);
  socket.send(`452-["message",${PLACEHOLDERS}]`);
  ATTACHMENTS.forEach((bytes) => socket.send(bytes));
  assert.equal(await socket.nextSaid(), `452-["message-back",${PLACEHOLDERS}]`);
  for (const bytes of ATTACHMENTS) assert.deepEqual(await socket.nextSaid(), bytes);
  await socket.close();
});

test('an event that asks for an ack', async (origin) => {
  const socket = await connected(origin);
  socket.send('42456["message-with-ack",1,"2",{"3":[false]}]');
  assert.equal(await socket.nextSaid(), '43456[1,"2",{"3":[false]}]');
  socket.send('420["message-with-ack"]');
  assert.equal(await socket.nextSaid(), '430[]');
  await socket.close();
});

test('an event with attachments that asks for an ack', async (origin) => {
  const socket = await connected(origin);
  socket.send(`452-789["message-with-ack",${PLACEHOLDERS}]`);
  ATTACHMENTS.forEach((bytes) => socket.send(bytes));
  assert.equal(await socket.nextSaid(), `462-789[${PLACEHOLDERS}]`);
  for (const bytes of ATTACHMENTS) assert.deepEqual(await socket.nextSaid(), bytes);
  await socket.close();
});

hurriedTest('attachments over polling are base64', async (origin) => {
  const polling = await at(origin).opened();
  await polling.post('40');
  assert.match((await polling.get()).body, /^40{"sid":"[^"]+"}$/);
  await polling.said('42["auth",{}]');
  assert.equal((await polling.post(`452-["message",${PLACEHOLDERS}]\x1ebAQID\x1ebBAUG`)).status, 200);
  await polling.said(`452-["message-back",${PLACEHOLDERS}]\x1ebAQID\x1ebBAUG`);
  assert.equal((await polling.post('451-["message",{"_placeholder":true,"num":0}]')).status, 200);
  assert.equal((await polling.post('bAQID')).status, 200);
  await polling.said('451-["message-back",{"_placeholder":true,"num":0}]\x1ebAQID');
});

test('an ack nobody asked for', async (origin) => {
  const socket = await connected(origin);
  socket.send('4399["x"]');
  socket.send('42["message"]');
  assert.equal(await socket.nextSaid(), '42["message-back"]');
  await socket.close();
});

test('malformed packets close the connection', async (origin) => {
  for (const packet of ['4abc', '42{}', '42abc["message-with-ack",1,"2",{"3":[false]}]', '4', '47', '49[]', '42', '42[]', '42[1]', '42[{}]', '42["message"',
    '42["message"]x', '43', '43[]', '4399{}', '45["message"]', '45-["message"]', '451["message"]', '45x-["message"]', '41{}', '44', '42/unknown,["message"]'])
    await closes(origin, packet);
});

test('wrong attachments close the connection', async (origin) => {
  await closes(origin, Buffer.from([1]));
  await closes(origin, '451-["message",{"_placeholder":true,"num":0}]', '42["message"]');
  await closes(origin, '451-["message",{"_placeholder":true,"num":1}]', Buffer.from([1]));
  await closes(origin, '4599999-["message"]');
});

hurriedTest('malformed packets end a polling session', async (origin) => {
  const polling = await at(origin).opened();
  await polling.post('40');
  await polling.get();
  await polling.get();
  await polling.post('42{}');
  await polling.said('1');
  await polling.refused(1);
});

hurriedTest('an upgrade in the middle of a conversation', async (origin) => {
  const polling = await at(origin).opened();
  await polling.post('40');
  await polling.get();
  await polling.get();
  await polling.post('42["message","before"]');
  const socket = await polling.upgraded();
  assert.equal(await socket.nextSaid(), '42["message-back","before"]');
  socket.send('42["message","after"]');
  assert.equal(await socket.nextSaid(), '42["message-back","after"]');
  await socket.close();
});

hurriedTest('an upgrade between a packet and its attachments', async (origin) => {
  const polling = await at(origin).opened();
  await polling.post('40');
  await polling.get();
  await polling.get();
  await polling.post(`452-["message",${PLACEHOLDERS}]\x1ebAQID`);
  const socket = await polling.upgraded();
  socket.send(ATTACHMENTS[1]);
  assert.equal(await socket.nextSaid(), `452-["message-back",${PLACEHOLDERS}]`);
  for (const bytes of ATTACHMENTS) assert.deepEqual(await socket.nextSaid(), bytes);
  await socket.close();
});

test('other sessions do not notice', async (origin) => {
  const socket = await connected(origin);
  await closes(origin, '42{}');
  await sleep(10);
  socket.send('42["message",1]');
  assert.equal(await socket.nextSaid(), '42["message-back",1]');
  await socket.close();
});

await run();
