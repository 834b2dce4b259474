// SPDX-License-Identifier: GPL-3.0-or-later
// npm's socket.io-client, unchanged, on a leash: a command a line in, what happens a line out (both JSON).
//   {"do":"open","client":NAME,"url":URL,"auth":{…},"options":{…},"join":BUSINESS,"since":SEQ}
//       join: on every connect join that business with the newest seq seen so far, as a real client does
//   {"do":"emit","id":N,"client":NAME,"args":[EVENT,…]}   answers {"id":N,"ack":[…]} or {"id":N,"timeout":true}
//   {"do":"drop","client":NAME}    cuts the connection below Socket.IO
//   {"do":"close","client":NAME}
// Out: {"client","event","args"} · {"client","state":"connect|connect_error|disconnect|upgrade","id"?,"message"?,"data"?,"reason"?} · {"client","joined":ACK}
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(process.env.LOBBY_NODE_MODULES + '/');
const { io } = require('socket.io-client');
const clients = new Map();

function tell(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

function open({ client, url, auth, options, join, since }) {
  const socket = io(url, { auth, transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 100, forceNew: true, ...options });
  let newest = since ?? -1;

  clients.set(client, socket);
  socket.on('connect', () => {
    tell({ client, state: 'connect', id: socket.id });
    if (join === undefined) return;
    const args = newest >= 0 ? [join, { since: newest }] : [join];
    socket.emit('join-business', ...args, (ack) => {
      if (newest < 0 && ack.ok) newest = ack.seq;
      tell({ client, joined: ack });
    });
  });
  socket.io.on('open', () => socket.io.engine.once('upgrade', (transport) => tell({ client, state: 'upgrade', message: transport.name })));
  socket.on('connect_error', (error) => tell({ client, state: 'connect_error', message: error.message, data: error.data }));
  socket.on('disconnect', (reason) => tell({ client, state: 'disconnect', reason }));
  socket.onAny((event, ...args) => {
    if (typeof args[0]?.seq === 'number') newest = args[0].seq;
    tell({ client, event, args });
  });
}

async function emit({ id, client, args }) {
  try {
    const ack = await clients.get(client).timeout(10000).emitWithAck(...args);
    tell({ id, ack });
  } catch {
    tell({ id, timeout: true });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const command = JSON.parse(line);

  switch (command.do) {
    case 'open': open(command); break;
    case 'emit': emit(command); break;
    case 'drop': clients.get(command.client).io.engine.close(); break;
    case 'close': clients.get(command.client).close(); break;
    default: throw new Error(`unknown command ${line}`);
  }
}).on('close', () => process.exit(0));
