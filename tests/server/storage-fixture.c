/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "storage-fixture.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "lobby-clock.h"
#include "lobby-json.h"

static void
on_committed (LobbyStorage *storage,
              GPtrArray *events,
              gpointer data)
{
  StorageFixture *fixture = data;

  for (guint i = 0; i < events->len; i++)
    g_ptr_array_add (fixture->events, lobby_log_event_ref (g_ptr_array_index (events, i)));
}

static void
open_storage (StorageFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->storage = LOBBY_STORAGE (lobby_sqlite_storage_open (fixture->folder, &error));
  g_assert_no_error (error);
  g_signal_connect (fixture->storage, "committed", G_CALLBACK (on_committed), fixture);
}

void
storage_fixture_set_up (StorageFixture *fixture,
                        gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LobbyConnection connection = {
    .kind = (char *)"cloud",
    .name = (char *)"Shop",
    .phone_number = (char *)"+15550783881",
    .graph_url = (char *)"http://127.0.0.1:1/v25.0",
    .phone_number_id = (char *)"106540352242922",
    .waba_id = (char *)"102290129340398",
    .access_token = (char *)"sandbox-token",
    .app_secret = (char *)"sandbox-secret",
    .verify_token = (char *)"verify",
    .send_read_receipts = TRUE,
  };

  fixture->folder = g_dir_make_tmp ("lobby-storage-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->events = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_log_event_unref);
  open_storage (fixture);
  fixture->business = lobby_storage (fixture->storage, add_business, "Shop", &error);
  g_assert_no_error (error);
  fixture->agent = lobby_storage (fixture->storage, add_agent, "ana", "Ana", "owner", "hash", NULL, &error);
  g_assert_no_error (error);
  connection.business_id = fixture->business;
  fixture->connection = lobby_storage (fixture->storage, add_connection, &connection, &error);
  g_assert_no_error (error);
  storage_fixture_flush (fixture);
}

void
storage_fixture_put_delivery (StorageFixture *fixture,
                              GBytes *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyDelivery) delivery = lobby_storage (fixture->storage, put_delivery, fixture->connection, body, &error);

  g_assert_no_error (error);
  g_assert_nonnull (delivery);
}

void
storage_fixture_remove (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      storage_fixture_remove (child);
    }
  g_remove (path);
}

void
storage_fixture_tear_down (StorageFixture *fixture,
                           gconstpointer data)
{
  g_assert_finalize_object (fixture->storage);
  storage_fixture_remove (fixture->folder);
  g_ptr_array_unref (fixture->events);
  g_free (fixture->folder);
  g_free (fixture->business);
  g_free (fixture->agent);
  g_free (fixture->connection);
}

void
storage_fixture_restart (StorageFixture *fixture)
{
  g_assert_finalize_object (fixture->storage);
  open_storage (fixture);
}

void
storage_fixture_flush (StorageFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  lobby_storage (fixture->storage, flush, &error);
  g_assert_no_error (error);
}

gboolean
storage_fixture_say (StorageFixture *fixture,
                     const char *wa_id,
                     const char *whatsapp_message_id,
                     const char *text,
                     gint64 at)
{
  g_autoptr (GError) error = NULL;
  gint64 now = lobby_clock_now ();
  gboolean was_new = FALSE;
  LobbyInboundMessage message = {
    .whatsapp_message_id = (char *)whatsapp_message_id,
    .customer.wa_id = (char *)wa_id,
    .customer.name = (char *)"Customer",
    .type = LOBBY_MESSAGE_TEXT,
    .content = (char *)text,
    .timestamp = (at > 0 ? at : now) / 1000 * 1000,
    .arrived_at = at > 0 ? at : now,
  };

  lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error);
  g_assert_no_error (error);
  return was_new;
}

LobbyWireConversation *
storage_fixture_conversation (StorageFixture *fixture,
                              const char *wa_id)
{
  gint64 seq;
  g_autofree char *number = g_strconcat ("+", wa_id, NULL);
  g_autoptr (GPtrArray) conversations = lobby_storage (fixture->storage, list_conversations, fixture->business, 0, NULL, 1000, &seq);

  for (guint i = 0; i < conversations->len; i++)
    {
      LobbyWireConversation *conversation = g_ptr_array_index (conversations, i);
      g_autoptr (LobbyWireContact) contact = lobby_storage (fixture->storage, get_contact, conversation->contact_id);

      if (g_strcmp0 (contact->phone_number, number) == 0)
        return g_ptr_array_steal_index (conversations, i);
    }
  g_assert_not_reached ();
}

LobbyWireConversation *
storage_fixture_some_conversation (StorageFixture *fixture,
                                   GRand *random)
{
  gint64 seq;
  g_autoptr (GPtrArray) all = lobby_storage (fixture->storage, list_conversations, fixture->business, 0, NULL, 100, &seq);

  return all->len == 0 ? NULL : g_ptr_array_steal_index (all, (guint)g_rand_int_range (random, 0, (int)all->len));
}

char *
storage_fixture_answer (StorageFixture *fixture,
                        const char *wa_id,
                        const char *client_id,
                        const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireConversation) conversation = storage_fixture_conversation (fixture, wa_id);
  g_autoptr (LobbyWireMessage) message = NULL;
  gboolean existed;

  message = storage_fixture_accept (fixture, conversation->id, client_id, text, NULL, &existed, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&message->id);
}

LobbyWireMessage *
storage_fixture_accept (StorageFixture *fixture,
                        const char *conversation_id,
                        const char *client_id,
                        const char *text,
                        const char *quoted_id,
                        gboolean *existed,
                        GError **error)
{
  const LobbyDraft draft = {
    .client_id = (char *)client_id,
    .type = LOBBY_MESSAGE_TEXT,
    .content = (char *)text,
    .quoted_id = (char *)quoted_id,
  };

  return lobby_storage (fixture->storage, accept_message, fixture->agent, conversation_id, &draft, existed, error);
}

LobbyOutbound *
storage_fixture_work (StorageFixture *fixture,
                      const char *message_id)
{
  g_autoptr (LobbyWireMessage) message = lobby_storage (fixture->storage, get_message, message_id);
  g_autoptr (GPtrArray) heads = lobby_storage (fixture->storage, list_outbound_heads, message->connection_id, 1000);
  LobbyOutbound *gone;

  for (guint i = 0; i < heads->len; i++)
    {
      const LobbyOutboundHead *head = g_ptr_array_index (heads, i);

      if (g_strcmp0 (head->message_id, message_id) == 0)
        return lobby_storage (fixture->storage, get_outbound, head->position);
    }
  gone = g_new0 (LobbyOutbound, 1);
  gone->message_id = g_strdup (message_id);
  return gone;
}

void
storage_fixture_sent (StorageFixture *fixture,
                      const char *message_id,
                      const char *whatsapp_message_id)
{
  g_autoptr (LobbyOutbound) work = storage_fixture_work (fixture, message_id);
  g_autoptr (GError) error = NULL;

  g_assert_true (lobby_storage (fixture->storage, outbound_sent, work, whatsapp_message_id, &error));
  g_assert_no_error (error);
}

void
storage_fixture_status (StorageFixture *fixture,
                        const char *whatsapp_message_id,
                        const char *opaque,
                        LobbyStatus status)
{
  g_autoptr (GError) error = NULL;
  gboolean failed = status == LOBBY_STATUS_FAILED;
  const LobbyInboundStatus report = {
    .whatsapp_message_id = (char *)whatsapp_message_id,
    .opaque = (char *)opaque,
    .status = status,
    .timestamp = lobby_clock_now () / 1000 * 1000,
    .error_code = failed ? 131026 : 0,
    .error_title = (char *)(failed ? "Undeliverable" : NULL),
  };

  lobby_storage (fixture->storage, receive_status, fixture->connection, &report, &error);
  g_assert_no_error (error);
}

static LobbyLogEvent *
event_at (StorageFixture *fixture,
          int index)
{
  guint position = index < 0 ? fixture->events->len - (guint)-index : (guint)index;

  g_assert_cmpuint (position, <, fixture->events->len);
  return g_ptr_array_index (fixture->events, position);
}

JsonObject *
storage_fixture_payload (StorageFixture *fixture,
                         int index)
{
  g_autoptr (GError) error = NULL;
  JsonObject *payload = lobby_json_parse_object (event_at (fixture, index)->payload, -1, &error);

  g_assert_no_error (error);
  return payload;
}

const char *
storage_fixture_event_name (StorageFixture *fixture,
                            int index)
{
  return event_at (fixture, index)->name;
}

void
storage_fixture_check_log (StorageFixture *fixture)
{
  g_autoptr (GPtrArray) log = NULL;
  gint64 seq = lobby_storage (fixture->storage, get_seq, fixture->business);

  g_assert_cmpint (seq, ==, fixture->events->len);
  g_assert_true (lobby_storage (fixture->storage, list_events, fixture->business, 0, 100000, &log));
  g_assert_cmpuint (log->len, ==, fixture->events->len);
  for (guint i = 0; i < log->len; i++)
    {
      const LobbyLogEvent *stored = g_ptr_array_index (log, i);
      const LobbyLogEvent *emitted = event_at (fixture, (int)i);
      g_autoptr (JsonObject) payload = storage_fixture_payload (fixture, (int)i);

      g_assert_cmpint (emitted->seq, ==, i + 1);
      g_assert_cmpint (stored->seq, ==, i + 1);
      g_assert_cmpint (json_object_get_int_member (payload, "seq"), ==, i + 1);
      g_assert_cmpstr (json_object_get_string_member (payload, "businessProfileId"), ==, fixture->business);
      if (!g_str_has_suffix (stored->name, ":typing"))
        g_assert_cmpstr (stored->payload, ==, emitted->payload);
    }
}
