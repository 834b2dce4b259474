#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// npm's socket.io-client, unchanged, over each transport and over the upgrade.
import { assert, hurriedTest, io, run, sleep } from './support.mjs';

const TRANSPORTS = { polling: ['polling'], websocket: ['websocket'], upgrade: ['polling', 'websocket'] };

let lose; // ends the case that runs

// An ack that a lost connection owes would be waited for in vain.
function test(name, body) {
  hurriedTest(name, (origin) => {
    const lost = new Promise((_, reject) => { lose = reject; });
    return Promise.race([body(origin), lost]);
  });
}

function open(origin, transports, options = {}) {
  const socket = io(origin, { transports, forceNew: true, reconnection: false, ...options });
  const end = lose;

  socket.on('disconnect', (reason) => { if (reason !== 'io client disconnect') end(new Error(reason)); });
  return socket;
}

function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}

for (const [name, transports] of Object.entries(TRANSPORTS)) {
  test(`${name}: auth, events, acks, attachments`, async (origin) => {
    const socket = open(origin, transports, { auth: { token: '123' } });
    assert.deepEqual(await once(socket, 'auth'), [{ token: '123' }]);
    if (name === 'upgrade' && socket.io.engine.transport.name !== 'websocket') await once(socket.io.engine, 'upgrade');
    assert.equal(socket.io.engine.transport.name, name === 'polling' ? 'polling' : 'websocket');
    socket.emit('message', 1, '2', { 3: [true] }, Buffer.from([1, 2]));
    assert.deepEqual(await once(socket, 'message-back'), [1, '2', { 3: [true] }, Buffer.from([1, 2])]);
    assert.equal(await socket.emitWithAck('message-with-ack', '€ 😀'), '€ 😀');
    assert.deepEqual(await socket.emitWithAck('message-with-ack', { deep: [Buffer.from([0, 255])] }), { deep: [Buffer.from([0, 255])] });
    socket.disconnect();
  });

  test(`${name}: two namespaces, and one that is not there`, async (origin) => {
    const main = open(origin, transports);
    await once(main, 'connect');
    const custom = main.io.socket('/custom', { auth: { a: 1 } });
    custom.connect();
    assert.deepEqual(await once(custom, 'auth'), [{ a: 1 }]);
    const unknown = main.io.socket('/random', {});
    unknown.connect();
    assert.equal((await once(unknown, 'connect_error'))[0].message, 'Invalid namespace');
    assert.equal(await custom.emitWithAck('message-with-ack', 'c'), 'c');
    custom.disconnect();
    assert.equal(await main.emitWithAck('message-with-ack', 'm'), 'm');
    main.disconnect();
  });

  test(`${name}: a large message, and three thousand small ones in order`, async (origin) => {
    const socket = open(origin, transports);
    await once(socket, 'connect');
    const large = 'x'.repeat(300000);
    assert.equal(await socket.emitWithAck('message-with-ack', large), large);
    const back = [];
    const done = new Promise((resolve) => socket.on('message-back', (i) => { if (back.push(i) === 3000) resolve(); }));
    // In batches: a client that is busy for longer than a ping's time leaves by itself.
    for (let i = 0; i < 3000; i++) {
      socket.emit('message', i);
      if (i % 100 === 99) await sleep(1);
    }
    await done;
    assert.deepEqual(back, Array.from({ length: 3000 }, (_, i) => i));
    socket.disconnect();
  });

  test(`${name}: the heartbeat keeps it alive`, async (origin) => {
    const socket = open(origin, transports);
    await once(socket, 'connect');
    await sleep(1600);
    assert.ok(socket.connected);
    assert.equal(await socket.emitWithAck('message-with-ack', 1), 1);
    socket.disconnect();
  });
}

test('upgrade: nothing is lost, doubled or out of order while it happens', async (origin) => {
  for (let round = 0; round < 8; round++) {
    const socket = open(origin, TRANSPORTS.upgrade);
    const back = [];
    let sent = 0;
    socket.on('message-back', (i) => back.push(i));
    const upgraded = new Promise((resolve) => socket.io.once('open', () => socket.io.engine.once('upgrade', resolve)));
    await once(socket, 'connect');
    const timer = setInterval(() => { for (let n = 0; n < 3; n++) socket.emit('message', sent++); }, 1);
    await upgraded;
    await sleep(30);
    clearInterval(timer);
    await socket.emitWithAck('message-with-ack', 'end');
    assert.ok(sent > 20);
    assert.deepEqual(back, Array.from({ length: sent }, (_, i) => i));
    socket.disconnect();
  }
});

test('a client that leaves is forgotten', async (origin) => {
  for (const transports of Object.values(TRANSPORTS)) {
    const socket = open(origin, transports);
    await once(socket, 'connect');
    const sid = socket.io.engine.id;
    socket.disconnect();
    await sleep(100);
    assert.equal((await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${sid}`)).status, 400);
  }
});

await run();
