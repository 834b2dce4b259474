// SPDX-License-Identifier: GPL-3.0-or-later
// What lobbyd is measured against: the same work as one would write it with stock npm packages. socket.io 4.8 for the agents,
// Node's http for the webhooks, better-sqlite3 (WAL, synchronous=FULL) for what must not get lost.
//
//   node peer.mjs FOLDER APP_SECRET      prints "Listening on http://127.0.0.1:PORT"
//
// POST /store keeps the signed body and answers; POST /webhook does that, then works the message in and tells the room.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const require = createRequire(process.env.LOBBY_NODE_MODULES + '/')
const Database = require('better-sqlite3')
const { Server } = require('socket.io')
const [folder, secret] = process.argv.slice(2)

const database = new Database(folder + '/peer.db')
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec(`
  CREATE TABLE deliveries (id INTEGER PRIMARY KEY, body BLOB NOT NULL, arrived_at INTEGER NOT NULL);
  CREATE TABLE messages (id TEXT PRIMARY KEY, contact TEXT NOT NULL, content TEXT, created_at INTEGER NOT NULL);
  CREATE INDEX messages_by_contact ON messages (contact, created_at);
  CREATE TABLE event_log (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, payload TEXT NOT NULL);`)
const keep = database.prepare('INSERT INTO deliveries (body, arrived_at) VALUES (?, ?)')
const finish = database.prepare('DELETE FROM deliveries WHERE id = ?')
const addMessage = database.prepare('INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)')
const addEvent = database.prepare('INSERT INTO event_log VALUES (?, ?, ?)')
let seq = 0

const workIn = database.transaction((id, message, contact) => {
  const at = Number(message.timestamp) * 1000
  const time = new Date(at).toISOString()
  addMessage.run(message.id, message.from, message.text.body, at)
  seq++
  // The members of lobbyd's message:new.
  const event = {
    id: '01' + message.id.slice(-24), business_id: 'business', conversation_id: 'conversation-' + message.from, contact_id: 'contact-' + message.from,
    connection_id: 'connection', contact_name: contact.profile.name, phone_number: '+' + message.from, whatsapp_message_id: message.id,
    direction: 'inbound', message_type: 'text', content: message.text.body, status: 'delivered', is_from_bot: false, metadata: {},
    created_at: time, updated_at: time, contactId: 'contact-' + message.from,
    contact: { id: 'contact-' + message.from, business_id: 'business', name: contact.profile.name, phone_number: '+' + message.from, created_at: time, updated_at: time },
    conversation: {
      id: 'conversation-' + message.from, business_id: 'business', contact_id: 'contact-' + message.from, connection_id: 'connection', unread_count: seq,
      last_activity_at: time, window_expires_at: time, read_up_to: null, message_count_in: seq, message_count_out: 0, seq,
    },
    seq, businessProfileId: 'business',
  }
  addEvent.run(seq, 'message:new', JSON.stringify(event))
  finish.run(id)
  return event
})

const http = createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const told = Buffer.from(String(request.headers['x-hub-signature-256']).slice(7), 'hex')
    const own = createHmac('sha256', secret).update(body).digest()
    if (told.length !== own.length || !timingSafeEqual(told, own)) {
      response.writeHead(401).end()
      return
    }
    const { lastInsertRowid } = keep.run(body, Date.now())
    response.writeHead(200, { 'Content-Length': 0 }).end()
    if (request.url !== '/webhook')
      return
    setImmediate(() => {
      for (const entry of JSON.parse(body).entry)
        for (const change of entry.changes)
          for (const message of change.value.messages ?? [])
            io.to('business-1').emit('message:new', workIn(lastInsertRowid, message, change.value.contacts[0]))
    })
  })
})

const io = new Server(http, { maxHttpBufferSize: 1e6 })
io.use((socket, next) => next(socket.handshake.auth.token ? undefined : new Error('unauthorized')))
io.on('connection', socket => {
  socket.on('join-business', (business, ack) => {
    socket.join('business-' + business)
    socket.data.business = business
    ack({ ok: true, seq })
  })
  socket.on('typing', ({ contactId, isTyping }) => {
    socket.to('business-' + socket.data.business).emit('agent:typing', {
      contactId, conversationId: 'conversation-' + contactId, agentId: 'agent-' + socket.id, isTyping, at: new Date().toISOString(),
      seq: ++seq, businessProfileId: socket.data.business,
    })
  })
})
http.keepAliveTimeout = 120000
http.listen(0, '127.0.0.1', 4096, () => console.log(`Listening on http://127.0.0.1:${http.address().port}`))
