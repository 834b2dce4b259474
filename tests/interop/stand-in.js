// SPDX-License-Identifier: GPL-3.0-or-later
// A server as lobbyd describes itself in docs/protocol.md, made of npm's stock socket.io, for the client
// library to join. Its truth is one array of events, kept in a file so that it outlives a restart.
//
//   node stand-in.js PORT STATE_FILE      prints "Listening on PORT"
//
// POST /control/{emit,skip,prune,disconnect,revoke,typing,refuse-next} steers it; GET /control/seen tells what came in.
'use strict'
const fs = require('fs')
const http = require('http')
const { Server } = require('socket.io')

const [port, stateFile] = [Number(process.argv[2]), process.argv[3]]
const PING = { pingInterval: 500, pingTimeout: 1500 }
const BUSINESS = 'b1'
const CONVERSATIONS = 120 // three pages

const state = fs.existsSync(stateFile)
  ? JSON.parse(fs.readFileSync(stateFile))
  : { log: [], messages: [], keptFrom: 1, tokens: [], clientIds: {}, reads: [] }
const seen = { joins: [], posts: [], typing: [], refuseNext: 0 }
const save = () => fs.writeFileSync(stateFile, JSON.stringify(state))
const seq = () => state.log.length
const at = n => new Date(Date.UTC(2026, 10, 22, 8, 0, 0) + n * 1000).toISOString()

const contact = v => ({ id: 'c-' + v, business_id: BUSINESS, name: 'Name of ' + v, phone_number: '+34600123456',
  picture_url: '/api/contacts/c-' + v + '/picture', created_at: at(0), updated_at: at(0) })
const of = {}
const add = m => (of[m.conversation_id] ??= []).push(m)
state.messages.forEach(add)
const lastOf = v => of[v]?.at(-1)
const conversation = v => {
  const mine = of[v] ?? []
  return { id: v, business_id: BUSINESS, contact_id: 'c-' + v, connection_id: 'n1', unread_count: Math.min(mine.length, 99),
    last_activity_at: mine.length ? mine[mine.length - 1].created_at : at(-Number(v.slice(1))), message_count_in: mine.length, message_count_out: 0, seq: seq() }
}
const all = Array.from({ length: CONVERSATIONS }, (_, i) => 'v' + (i + 1))

const server = http.createServer(handle)
const io = new Server(server, { ...PING, transports: ['polling', 'websocket'] })

function log (name, payload, silently) {
  const event = [name, { ...payload, seq: seq() + 1, businessProfileId: BUSINESS }]
  state.log.push(event)
  if (!silently) io.to('business-' + BUSINESS).emit(...event)
}

function say (v, more, silently) {
  const n = state.messages.length + 1
  const message = { id: 'm' + String(n).padStart(6, '0'), conversation_id: v, contact_id: 'c-' + v, connection_id: 'n1', direction: 'inbound',
    message_type: 'text', content: 'text ' + n, status: 'delivered', created_at: at(n), updated_at: at(n), metadata: {}, ...more }
  state.messages.push(message)
  add(message)
  log('message:new', { ...message, contactId: message.contact_id, contact: contact(v), conversation: conversation(v) }, silently)
  return message
}

io.use((socket, next) => next(state.tokens.includes(socket.handshake.auth.token) ? undefined : new Error('unauthorized')))
io.on('connection', socket => {
  socket.on('join-business', (id, options, ack) => {
    if (typeof options === 'function') { ack = options; options = {} }
    seen.joins.push(options.since ?? null)
    if (id !== BUSINESS) return ack({ ok: false, error: { code: 'not_found', message: 'No such business' } })
    socket.join('business-' + id)
    ack({ ok: true, seq: seq() })
    if (options.since === undefined) return
    if (options.since + 1 < state.keptFrom) socket.emit('sync:reset', { businessProfileId: id, seq: seq() })
    else for (const event of state.log.slice(options.since)) socket.emit(...event)
  })
  socket.on('typing', payload => seen.typing.push(payload))
})

const read = request => new Promise(resolve => {
  let text = ''
  request.on('data', chunk => { text += chunk })
  request.on('end', () => resolve(text === '' ? {} : JSON.parse(text)))
})

function control (verb, body) {
  if (verb === 'emit' || verb === 'skip') {
    for (let i = 0; i < (body.count ?? 1); i++) say(body.conversation ?? 'v1', body.more, verb === 'skip')
  } else if (verb === 'prune') state.keptFrom = seq()
  else if (verb === 'disconnect') io.disconnectSockets(true)
  else if (verb === 'revoke') { state.tokens = []; io.disconnectSockets(true) }
  else if (verb === 'typing') log('contact:typing', { contactId: 'c-v1', conversationId: 'v1', isTyping: body.isTyping, at: new Date().toISOString() })
  else if (verb === 'refuse-next') seen.refuseNext = body.status
  save()
  return { seq: seq() }
}

function post (id, body) {
  seen.posts.push(body.clientId)
  if (seen.refuseNext) {
    const status = seen.refuseNext
    seen.refuseNext = 0
    return [status, { error: { code: 'too_long', message: 'Refused on purpose' } }]
  }
  if (state.clientIds[body.clientId]) return [200, { message: state.messages.find(m => m.id === state.clientIds[body.clientId]) }]
  const message = say(id.slice(2), { direction: 'outbound', content: body.text, client_id: body.clientId, agent_id: 'a1', status: 'pending' })
  state.clientIds[body.clientId] = message.id
  message.status = 'sent'
  log('message:sent', { id: message.id, contactId: id, conversationId: message.conversation_id, clientId: body.clientId, status: 'sent', at: at(1) })
  save()
  return [201, { message }]
}

function messages (id, query) {
  let mine = state.messages.filter(m => m.contact_id === id).reverse()
  if (query.get('before_id')) mine = mine.slice(mine.findIndex(m => m.id === query.get('before_id')) + 1)
  const limit = Number(query.get('limit'))
  return { messages: mine.slice(0, limit), has_more: mine.length > limit }
}

function conversations (query) {
  const begin = Number(query.get('before') ?? 0)
  const page = all.slice(begin, begin + Number(query.get('limit')))
  return { conversations: page.map(v => ({ ...conversation(v), contact: contact(v), last_message: lastOf(v) })),
    next: begin + page.length < all.length ? String(begin + page.length) : null, seq: seq() }
}

async function route (request, url) {
  const path = url.pathname.split('/').slice(1)
  const body = request.method === 'POST' || request.method === 'PUT' ? await read(request) : {}
  if (path[0] === 'control') return [200, path[1] === 'seen' ? { ...seen, reads: state.reads, seq: seq() } : control(path[1], body)]
  if (request.method + url.pathname === 'POST/api/session') {
    if (body.password !== 'good') return [401, { error: { code: 'bad_credentials', message: 'No' } }]
    state.tokens.push('token-' + (state.tokens.length + 1) + '-' + Date.now())
    save()
    return [200, { token: state.tokens.at(-1), agent: { id: 'a1', name: 'Ana', user: body.user, role: 'agent' }, businesses: [{ id: BUSINESS, name: 'Bakery' }] }]
  }
  const token = (request.headers.authorization ?? '').slice('Bearer '.length)
  if (!state.tokens.includes(token)) return [401, { error: { code: 'unauthorized', message: 'Sign in' } }]
  if (path[1] === 'session' && request.method === 'DELETE') { state.tokens = state.tokens.filter(t => t !== token); save(); return [204] }
  if (path[1] === 'session') return [200, { agent: { id: 'a1', name: 'Ana', user: 'ana', role: 'agent' }, businesses: [] }]
  if (path[1] === 'businesses') {
    return [200, { businesses: [{ id: BUSINESS, name: 'Bakery', seq: seq(), agents: [{ id: 'a1', name: 'Ana' }, { id: 'a2', name: 'Ben' }],
      connections: [{ id: 'n1', business_id: BUSINESS, kind: 'cloud', name: 'Shop', phone_number: '+15550783881', state: 'connected', capabilities: { customer_typing: true } }] }] }]
  }
  if (path[1] === 'conversations') return [200, conversations(url.searchParams)]
  if (path[1] === 'messages') return request.method === 'POST' ? post(path[2], body) : [200, messages(path[2], url.searchParams)]
  if (path[1] === 'contacts' && path[3] === 'read') { state.reads.push(body.upTo); save(); return [200, { conversations: [{ ...conversation(path[2].slice(2)), unread_count: 0 }] }] }
  if (path[1] === 'contacts' || path[1] === 'media') return [200, Buffer.alloc(100000, path.join('/'))]
  return [404, { error: { code: 'not_found', message: 'Nothing there' } }]
}

async function handle (request, response) {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname.startsWith('/socket.io/')) return
  const [status, body] = await route(request, url)
  response.statusCode = status
  response.setHeader('Content-Type', Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json')
  response.end(body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body))
}

server.listen(port, '127.0.0.1', () => console.log('Listening on ' + server.address().port))
