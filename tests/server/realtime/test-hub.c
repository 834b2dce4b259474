/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub-client.h"
#include "hub-fixture.h"
#include "lobby-clock.h"
#include "lobby-http-client.h"
#include "lobby-socket-packet.h"

#define PING_INTERVAL 25000

typedef HubFixture Fixture;

/* Sends a request and gives its ack's argument. Events that come before are dropped. */
static JsonObject *
request (HubClient *client,
         const char *format,
         ...)
{
  static guint id = 0;
  g_autofree char *prefix = g_strdup_printf ("43%u[", ++id);
  g_autofree char *arguments = NULL;
  g_autofree char *packet = NULL;
  g_autoptr (JsonNode) root = NULL;
  va_list list;

  va_start (list, format);
  arguments = g_strdup_vprintf (format, list);
  va_end (list);
  packet = g_strdup_printf ("42%u%s", id, arguments);
  hub_client_send (client, packet);
  while (TRUE)
    {
      g_autofree char *answer = hub_client_receive (client);

      g_assert_nonnull (answer);
      if (!g_str_has_prefix (answer, prefix))
        continue;
      root = lobby_json_parse (answer + strlen (prefix) - 1, -1, NULL);
      g_assert_nonnull (root);
      return json_object_ref (json_array_get_object_element (json_node_get_array (root), 0));
    }
}

static void
assert_ok (JsonObject *answer)
{
  g_assert_true (json_object_get_boolean_member (answer, "ok"));
  json_object_unref (answer);
}

static void
assert_refused (JsonObject *answer,
                const char *code)
{
  g_assert_false (json_object_get_boolean_member (answer, "ok"));
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (answer, "error"), "code", 100), ==, code);
  g_assert_nonnull (lobby_json_get_string (lobby_json_get_object (answer, "error"), "message", 1000));
  json_object_unref (answer);
}

static gint64
join (Fixture *fixture,
      HubClient *client,
      gint64 since)
{
  g_autofree char *options = since >= 0 ? g_strdup_printf (",{\"since\":%" G_GINT64_FORMAT "}", since) : g_strdup ("");
  g_autoptr (JsonObject) answer = request (client, "[\"join-business\",\"%s\"%s]", fixture->storage.business, options);

  g_assert_true (json_object_get_boolean_member (answer, "ok"));
  return json_object_get_int_member (answer, "seq");
}

static void
expect_event (HubClient *client,
              const char *name,
              gint64 seq)
{
  g_autoptr (JsonObject) payload = NULL;
  g_autofree char *event = hub_client_event (client, &payload);

  if (name != NULL)
    g_assert_cmpstr (event, ==, name);
  g_assert_cmpint (json_object_get_int_member (payload, "seq"), ==, seq);
}

static char *
fetch (Fixture *fixture,
       const char *method,
       const char *query,
       guint *status)
{
  g_autoptr (LobbyHttpClient) client = lobby_http_client_new ("test");
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/socket.io/%s", lobby_http_server_get_port (fixture->http), query);
  g_autoptr (DexFuture) future = lobby_http_client_send (client, lobby_http_request_new (method, url), NULL);
  g_autoptr (GError) error = NULL;
  LobbyHttpResponse *response;
  GBytes *body;

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  response = g_value_get_object (dex_future_get_value (future, &error));
  g_assert_no_error (error);
  *status = lobby_http_response_get_status (response);
  body = lobby_http_response_get_body (response);
  return g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

static void
test_handshake_errors (Fixture *fixture,
                       gconstpointer data)
{
  static const struct
  {
    const char *method, *query, *body;
  } rows[] = {
    { "GET", "", "{\"code\":0,\"message\":\"Transport unknown\"}" },
    { "GET", "?EIO=4&transport=carrier-pigeon", "{\"code\":0,\"message\":\"Transport unknown\"}" },
    { "GET", "?EIO=4&transport=polling&sid=x", "{\"code\":1,\"message\":\"Session ID unknown\"}" },
    { "POST", "?EIO=4&transport=polling&sid=x", "{\"code\":1,\"message\":\"Session ID unknown\"}" },
    { "POST", "?EIO=4&transport=polling", "{\"code\":2,\"message\":\"Bad handshake method\"}" },
    { "PUT", "?EIO=4&transport=polling", "{\"code\":2,\"message\":\"Bad handshake method\"}" },
    { "GET", "?EIO=3&transport=polling", "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
    { "GET", "?EIO=4&transport=websocket&sid=x", "{\"code\":1,\"message\":\"Session ID unknown\"}" },
    { "POST", "?EIO=4&transport=websocket", "{\"code\":2,\"message\":\"Bad handshake method\"}" },
    { "GET", "?EIO=3&transport=websocket", "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
    { "GET", "?transport=websocket", "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
    { "GET", "?EIO=4&transport=websocket", "{\"code\":3,\"message\":\"Bad request\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint status;
      g_autofree char *body = fetch (fixture, rows[i].method, rows[i].query, &status);

      g_assert_cmpuint (status, ==, 400);
      g_assert_cmpstr (body, ==, rows[i].body);
    }
}

static void
test_connect (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (HubClient) client = hub_client_open (fixture->http);
  g_autofree char *open = hub_client_receive (client);
  LobbyEngineHandshake handshake = { 0 };

  g_assert_true (lobby_engine_handshake_decode (open + 1, strlen (open + 1), &handshake, NULL));
  g_assert_cmpuint (handshake.ping_interval, ==, PING_INTERVAL);
  g_assert_cmpuint (handshake.max_payload, ==, 1024 * 1024);
  g_assert_cmpuint (strlen (handshake.sid), ==, 20);
  lobby_engine_handshake_clear (&handshake);
  g_assert_cmpuint (lobby_hub_count_sockets (fixture->hub), ==, 1);

  hub_client_send (client, "40");
  hub_client_expect (client, "44{\"message\":\"Not signed in\",\"data\":{\"code\":\"unauthorized\"}}");
  hub_client_send (client, "40{\"token\":\"wrong\"}");
  hub_client_expect (client, "44{\"message\":\"Not signed in\",\"data\":{\"code\":\"unauthorized\"}}");
  hub_client_send (client, "40/admin,{\"token\":\"ana-token\"}");
  hub_client_expect (client, "44/admin,{\"message\":\"Invalid namespace\"}");
  hub_client_send (client, "40{\"token\":\"ana-token\"}");
  {
    g_autofree char *answer = hub_client_receive (client);
    g_assert_true (g_str_has_prefix (answer, "40{\"sid\":\""));
  }
  assert_refused (request (client, "[\"dance\",{}]"), "unknown_event");
  assert_refused (request (client, "[\"join-business\"]"), "bad_request");
  /* A second CONNECT begins anew. */
  hub_client_send (client, "40{\"token\":\"bea-token\"}");
  {
    g_autofree char *answer = hub_client_receive (client);
    g_assert_true (g_str_has_prefix (answer, "40{\"sid\":\""));
  }
  assert_refused (request (client, "[\"dance\",{}]"), "unknown_event");
  hub_client_send (client, "44{\"message\":\"only servers say this\"}");
  hub_client_expect_closed (client);
  g_assert_cmpuint (client->close_code, ==, 1008);
  g_assert_cmpuint (lobby_hub_count_sockets (fixture->hub), ==, 0);
}

static void
test_guessing (Fixture *fixture,
               gconstpointer data)
{
  g_autoptr (HubClient) client = hub_client_open (fixture->http);

  for (guint i = 0; i < 10; i++)
    hub_client_send (client, "40{\"token\":\"guess\"}");
  hub_client_expect_closed (client);
  g_assert_cmpuint (client->packets.length, ==, 1 + 5);
}

static void
test_protocol_errors (Fixture *fixture,
                      gconstpointer data)
{
  static const char *const packets[] = { "", "9", "2", "0{}", "5", "42[\"join-business\",\"x\"]", "4", "4x", "42{}", "451-[\"x\",{\"_placeholder\":true,\"num\":0}]|42[]", "1" };

  for (guint i = 0; i < G_N_ELEMENTS (packets); i++)
    {
      g_autoptr (HubClient) client = hub_client_open (fixture->http);
      g_auto (GStrv) parts = g_strsplit (packets[i], "|", -1);

      for (guint j = 0; parts[j] != NULL; j++)
        hub_client_send (client, parts[j]);
      if (*packets[i] == '\0')
        hub_client_send (client, "");
      hub_client_expect_closed (client);
    }
  g_assert_cmpuint (lobby_hub_count_sockets (fixture->hub), ==, 0);
}

static void
test_join (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");
  g_autoptr (HubClient) bea = hub_client_connect (fixture->http, "bea-token");
  g_autoptr (JsonObject) foreign = NULL, absent = NULL;
  g_autofree char *foreign_text = NULL, *absent_text = NULL;

  hub_fixture_say (fixture, 2, "hello");
  storage_fixture_flush (&fixture->storage);
  g_assert_cmpint (join (fixture, ana, -1), ==, hub_fixture_get_seq (fixture));

  /* What is not hers and what is not there look the same. */
  foreign = request (bea, "[\"join-business\",\"%s\"]", fixture->other_business);
  absent = request (bea, "[\"join-business\",\"nothing\"]");
  foreign_text = lobby_json_object_to_string (foreign);
  absent_text = lobby_json_object_to_string (absent);
  g_assert_cmpstr (foreign_text, ==, absent_text);
  assert_refused (g_steal_pointer (&foreign), "not_found");

  assert_refused (request (bea, "[\"join-business\",\"%s\",{\"since\":-1}]", fixture->storage.business), "bad_request");
  assert_refused (request (bea, "[\"join-business\",\"%s\",{\"since\":\"1\"}]", fixture->storage.business), "bad_request");
  assert_refused (request (bea, "[\"join-business\",\"%s\",7]", fixture->storage.business), "bad_request");
  assert_refused (request (bea, "[\"join-business\",\"\"]"), "bad_request");
  assert_ok (request (bea, "[\"join-business\",\"%s\",null]", fixture->storage.business));
}

static void
test_live (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");
  g_autoptr (HubClient) bea = hub_client_connect (fixture->http, "bea-token");
  gint64 seq = join (fixture, ana, -1);

  g_assert_cmpint (join (fixture, bea, -1), ==, seq);
  hub_fixture_say (fixture, 100, "hello");
  for (guint i = 1; i <= 100; i++)
    {
      expect_event (ana, "message:new", seq + i);
      expect_event (bea, "message:new", seq + i);
    }
  assert_ok (request (bea, "[\"leave-business\",\"%s\"]", fixture->storage.business));
  hub_fixture_say (fixture, 1, "hello");
  expect_event (ana, "message:new", seq + 101);
  g_assert_cmpuint (bea->packets.length, ==, 0);
}

static void
test_replay (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");
  gint64 first, seq;

  hub_fixture_say (fixture, 3000, "hello");
  storage_fixture_flush (&fixture->storage);
  seq = hub_fixture_get_seq (fixture);
  first = seq - 3000;
  g_assert_cmpint (join (fixture, ana, first), ==, seq);
  /* Live events come while the past is still on its way. */
  for (gint64 i = first + 1; i <= seq + 50; i++)
    {
      if (i % 50 == 0 && i <= seq && i > seq - 2500)
        hub_fixture_say (fixture, 1, "hello");
      expect_event (ana, "message:new", i);
    }
  /* A client that sees a gap asks again on the same connection. */
  g_assert_cmpint (join (fixture, ana, seq + 40), ==, seq + 50);
  for (gint64 i = seq + 41; i <= seq + 50; i++)
    expect_event (ana, "message:new", i);
  g_assert_cmpint (join (fixture, ana, seq + 50), ==, seq + 50);
  hub_fixture_say (fixture, 1, "hello");
  expect_event (ana, "message:new", seq + 51);
}

/* Another process writes to the same log: its events come in their place, before ours that are later, and by themselves. */
static void
test_outside (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbySqliteStorage) other = lobby_sqlite_storage_open (fixture->storage.folder, &error);
  gint64 seq;

  g_assert_no_error (error);
  hub_fixture_say (fixture, 1, "hello");
  storage_fixture_flush (&fixture->storage);
  seq = join (fixture, ana, -1);
  for (guint i = 0; i < 300; i++)
    g_assert_true (lobby_storage (LOBBY_STORAGE (other), tell_connection, fixture->storage.connection, &error));
  g_assert_true (lobby_storage (LOBBY_STORAGE (other), flush, &error));
  hub_fixture_say (fixture, 1, "hello");
  for (guint i = 0; i < 300; i++)
    expect_event (ana, "connection:updated", ++seq);
  expect_event (ana, "message:new", ++seq);
  storage_fixture_flush (&fixture->storage);

  g_assert_true (lobby_storage (LOBBY_STORAGE (other), tell_connection, fixture->storage.connection, &error));
  g_assert_true (lobby_storage (LOBBY_STORAGE (other), flush, &error));
  lobby_hub_look_outside (fixture->hub);
  lobby_hub_look_outside (fixture->hub);
  expect_event (ana, "connection:updated", ++seq);
  hub_fixture_say (fixture, 1, "hello");
  expect_event (ana, "message:new", ++seq);
}

static void
test_reset (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");
  g_autoptr (GError) error = NULL;
  gint64 seq;

  hub_fixture_say (fixture, 10, "hello");
  storage_fixture_flush (&fixture->storage);
  seq = hub_fixture_get_seq (fixture);
  /* From a future that a restored server does not have. */
  g_assert_cmpint (join (fixture, ana, seq + 5), ==, seq);
  expect_event (ana, "sync:reset", seq);
  hub_fixture_say (fixture, 1, "hello");
  expect_event (ana, "message:new", seq + 1);

  g_assert_true (lobby_storage (fixture->storage.storage, prune_events, lobby_clock_now () + 1000, &error));
  storage_fixture_flush (&fixture->storage);
  g_assert_cmpint (join (fixture, ana, 1), ==, seq + 1);
  expect_event (ana, "sync:reset", seq + 1);
  hub_fixture_say (fixture, 1, "hello");
  expect_event (ana, "message:new", seq + 2);
}

static void
test_typing (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (HubClient) ana = NULL;
  g_autoptr (HubClient) bea = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  gint64 seq;

  hub_fixture_say (fixture, 1, "hello");
  storage_fixture_flush (&fixture->storage);
  conversation = storage_fixture_conversation (&fixture->storage, "34600123456");
  ana = hub_client_connect (fixture->http, "ana-token");
  bea = hub_client_connect (fixture->http, "bea-token");
  seq = join (fixture, ana, -1);
  join (fixture, bea, -1);

  assert_refused (request (ana, "[\"typing\",{\"contactId\":\"nobody\",\"isTyping\":true}]"), "not_found");
  assert_refused (request (ana, "[\"typing\",{\"isTyping\":true}]"), "bad_request");
  assert_refused (request (ana, "[\"typing\"]"), "bad_request");
  assert_ok (request (ana, "[\"typing\",{\"contactId\":\"%s\",\"isTyping\":true}]", conversation->contact_id));
  {
    g_autoptr (JsonObject) payload = NULL;
    g_autofree char *name = hub_client_event (bea, &payload);

    g_assert_cmpstr (name, ==, "agent:typing");
    g_assert_cmpint (json_object_get_int_member (payload, "seq"), ==, seq + 1);
    g_assert_true (json_object_get_boolean_member (payload, "isTyping"));
    g_assert_cmpstr (json_object_get_string_member (payload, "contactId"), ==, conversation->contact_id);
    g_assert_cmpstr (json_object_get_string_member (payload, "agentId"), ==, fixture->storage.agent);
  }
  /* Who types is told the number only, so that there is no gap. */
  expect_event (ana, "sync:seq", seq + 1);
  g_assert_cmpstr (fixture->signals->str, ==, "typing ");

  /* Said again at once it is not passed on; in a replay nobody types. */
  assert_ok (request (ana, "[\"typing\",{\"contactId\":\"%s\",\"isTyping\":true}]", conversation->contact_id));
  join (fixture, bea, seq);
  {
    g_autoptr (JsonObject) payload = NULL;
    g_autofree char *name = hub_client_event (bea, &payload);

    g_assert_cmpstr (name, ==, "agent:typing");
    g_assert_false (json_object_get_boolean_member (payload, "isTyping"));
  }
  /* Whoever goes away types no longer. */
  hub_client_free (g_steal_pointer (&ana));
  {
    g_autoptr (JsonObject) payload = NULL;
    g_autofree char *name = hub_client_event (bea, &payload);

    g_assert_cmpstr (name, ==, "agent:typing");
    g_assert_cmpint (json_object_get_int_member (payload, "seq"), ==, seq + 2);
    g_assert_false (json_object_get_boolean_member (payload, "isTyping"));
  }
  g_assert_cmpstr (fixture->signals->str, ==, "typing stopped ");
}

static void
test_mark_as_read (Fixture *fixture,
                   gconstpointer data)
{
  g_autoptr (HubClient) ana = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL, after = NULL;
  gint64 seq;

  storage_fixture_say (&fixture->storage, "34600123456", "wamid.A", "one", 0);
  storage_fixture_say (&fixture->storage, "34600123456", "wamid.B", "two", 0);
  storage_fixture_flush (&fixture->storage);
  conversation = storage_fixture_conversation (&fixture->storage, "34600123456");
  g_assert_cmpint (conversation->unread_count, ==, 2);
  ana = hub_client_connect (fixture->http, "ana-token");
  seq = join (fixture, ana, -1);

  assert_refused (request (ana, "[\"mark-as-read\",{\"contactId\":\"%s\",\"upTo\":\"nothing\"}]", conversation->contact_id), "not_found");
  assert_refused (request (ana, "[\"mark-as-read\",{\"contactId\":\"%s\",\"conversationId\":\"x\"}]", conversation->contact_id), "not_found");
  assert_refused (request (ana, "[\"mark-as-read\",{\"contactId\":7}]"), "bad_request");
  hub_client_send (ana, "42[\"mark-as-read\",{}]");

  {
    g_autofree char *packet = g_strdup_printf ("42[\"mark-as-read\",{\"contactId\":\"%s\"}]", conversation->contact_id);
    hub_client_send (ana, packet);
  }
  {
    g_autoptr (JsonObject) payload = NULL;
    g_autofree char *name = hub_client_event (ana, &payload);

    g_assert_cmpstr (name, ==, "conversation:read");
    g_assert_cmpint (json_object_get_int_member (payload, "seq"), ==, seq + 1);
  }
  after = storage_fixture_conversation (&fixture->storage, "34600123456");
  g_assert_cmpint (after->unread_count, ==, 0);
  g_assert_cmpstr (fixture->signals->str, ==, "read:wamid.B ");
  /* Nothing new to read: fine, and silent. */
  assert_ok (request (ana, "[\"mark-as-read\",{\"contactId\":\"%s\"}]", conversation->contact_id));
  g_assert_cmpstr (fixture->signals->str, ==, "read:wamid.B ");
  g_assert_cmpint (hub_fixture_get_seq (fixture), ==, seq + 1);
}

static void
test_drop_token (Fixture *fixture,
                 gconstpointer data)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "ana-token", -1);
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");
  g_autoptr (HubClient) also_ana = hub_client_connect (fixture->http, "ana-token");
  g_autoptr (HubClient) bea = hub_client_connect (fixture->http, "bea-token");

  lobby_hub_drop_token (fixture->hub, hash);
  hub_client_expect (ana, "41");
  hub_client_expect (also_ana, "41");
  hub_client_expect_closed (ana);
  hub_client_expect_closed (also_ana);
  assert_ok (request (bea, "[\"leave-business\",\"x\"]"));
  g_assert_cmpuint (lobby_hub_count_sockets (fixture->hub), ==, 1);
}

static void
test_stop (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");

  join (fixture, ana, -1);
  lobby_hub_stop (fixture->hub);
  hub_client_expect_closed (ana);
  g_assert_cmpuint (ana->close_code, ==, 1001);
  g_assert_cmpuint (ana->packets.length, ==, 0);
}

static void
test_flood (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");

  for (guint i = 0; i < 3000; i++)
    hub_client_send (ana, "42[\"x\"]");
  hub_client_expect_closed (ana);
  g_assert_cmpuint (ana->close_code, ==, 1008);
}

static void
test_ping (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (HubClient) ana = hub_client_connect (fixture->http, "ana-token");
  g_autoptr (HubClient) mute = hub_client_connect (fixture->http, "bea-token");

  mute->mute = TRUE;
  while (ana->n_pings < 6)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (mute->closed);
  g_assert_cmpuint (mute->n_pings, ==, 1);
  g_assert_false (ana->closed);
}

/* A client that never says who it is, and one that leaves without a word, leave nothing behind. */
static void
test_going_away (Fixture *fixture,
                 gconstpointer data)
{
  g_autoptr (HubClient) silent = hub_client_open (fixture->http);
  HubClient *ana = hub_client_connect (fixture->http, "ana-token");

  join (fixture, ana, -1);
  hub_client_send (ana, "41");
  hub_client_send (ana, "40{\"token\":\"bea-token\"}");
  {
    g_autofree char *answer = hub_client_receive (ana);
    g_assert_true (g_str_has_prefix (answer, "40{"));
  }
  hub_fixture_say (fixture, 1, "hello");
  storage_fixture_flush (&fixture->storage);
  assert_ok (request (ana, "[\"leave-business\",\"x\"]"));
  g_assert_cmpuint (ana->packets.length, ==, 0);
  hub_client_free (ana);
  while (lobby_hub_count_sockets (fixture->hub) > 1)
    g_main_context_iteration (NULL, TRUE);
}

/* Frames that come in one packet with the upgrade request, as eager clients send them; and masks. */
static void
test_early_frames (Fixture *fixture,
                   gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", lobby_http_server_get_port (fixture->http));
  g_autoptr (GString) stream = g_string_new ("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n"
                                             "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
                                             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  g_autoptr (GString) received = g_string_new (NULL);
  const char *connect = "40{\"token\":\"ana-token\"}";
  const char *mask = "mask";

  g_assert_true (g_socket_connect (socket, address, NULL, &error));
  g_string_append_c (stream, (char)0x81);
  g_string_append_c (stream, (char)(0x80 | strlen (connect)));
  g_string_append (stream, mask);
  for (gsize i = 0; i < strlen (connect); i++)
    g_string_append_c (stream, connect[i] ^ mask[i & 3]);
  g_assert_cmpint (g_socket_send (socket, stream->str, stream->len, NULL, &error), ==, stream->len);
  g_socket_set_blocking (socket, FALSE);
  while (memmem (received->str, received->len, "40{\"sid\"", 8) == NULL)
    {
      char buffer[4096];
      gssize n = g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL);

      g_assert_cmpint (n, !=, 0);
      if (n > 0)
        g_string_append_len (received, buffer, n);
      else
        g_main_context_iteration (NULL, FALSE);
    }
  g_assert_true (g_str_has_prefix (received->str, "HTTP/1.1 101 "));
  g_assert_nonnull (strstr (received->str, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

int
main (int argc,
      char **argv)
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/hub/" name, Fixture, NULL, hub_fixture_set_up, func, hub_fixture_tear_down)
  TEST ("handshake-errors", test_handshake_errors);
  TEST ("connect", test_connect);
  TEST ("guessing", test_guessing);
  TEST ("protocol-errors", test_protocol_errors);
  TEST ("join", test_join);
  TEST ("live", test_live);
  TEST ("replay", test_replay);
  TEST ("outside", test_outside);
  TEST ("reset", test_reset);
  TEST ("typing", test_typing);
  TEST ("mark-as-read", test_mark_as_read);
  TEST ("drop-token", test_drop_token);
  TEST ("stop", test_stop);
  TEST ("flood", test_flood);
  TEST ("going-away", test_going_away);
  TEST ("early-frames", test_early_frames);
  g_test_add ("/hub/ping", Fixture, GUINT_TO_POINTER (40), hub_fixture_set_up, test_ping, hub_fixture_tear_down);
  return g_test_run ();
}
