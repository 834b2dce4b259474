/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-receipts.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-log.h"

#define MAX_TRIES 3
#define TYPING_MSEC 20000
#define WINDOW_MSEC (24 * 60 * 60 * G_GINT64_CONSTANT (1000))
/* A reply to a customer is seldom further down than this. */
#define MESSAGES_TO_SEARCH 50
#define MAX_REMEMBERED 1024

struct _LobbyReceipts
{
  LobbyStorage *storage;
  GHashTable *typed; /* conversation id → gint64 *, monotonic ms of the last indicator */
};

typedef struct
{
  LobbyAdapter *adapter;
  char *whatsapp_message_id;
  gboolean typing;
} Receipt;

static void
receipt_free (gpointer data)
{
  Receipt *receipt = data;

  g_object_unref (receipt->adapter);
  g_free (receipt->whatsapp_message_id);
  g_free (receipt);
}

static gboolean
is_worth_repeating (const GError *error)
{
  return g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_TRY_AGAIN)
         || g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_UNKNOWN);
}

static DexFuture *
receipt_fiber (gpointer data)
{
  Receipt *receipt = data;
  int tries = receipt->typing ? 1 : MAX_TRIES;

  for (int i = 0; i < tries; i++)
    {
      g_autoptr (GError) error = NULL;

      if (i > 0)
        dex_await (dex_timeout_new_msec ((int)lobby_adapter_get_pause (LOBBY_PACE_TRANSIENT, i)), NULL);
      if (dex_await (LOBBY_ADAPTER_GET_IFACE (receipt->adapter)->mark_read (receipt->adapter, receipt->whatsapp_message_id, receipt->typing), &error))
        break;
      lobby_log_event (G_LOG_LEVEL_INFO, G_LOG_DOMAIN, "a read receipt was not taken", "error", error->message, NULL);
      if (!is_worth_repeating (error))
        break;
    }
  return dex_future_new_true ();
}

static void
send_receipt (LobbyAdapter *adapter,
              const char *whatsapp_message_id,
              gboolean typing)
{
  Receipt *receipt = g_new0 (Receipt, 1);

  receipt->adapter = g_object_ref (adapter);
  receipt->whatsapp_message_id = g_strdup (whatsapp_message_id);
  receipt->typing = typing;
  lobby_async_go (receipt_fiber, receipt, receipt_free);
}

static gboolean
is_old (gpointer key,
        gpointer value,
        gpointer now)
{
  return *(gint64 *)value + TYPING_MSEC <= *(gint64 *)now;
}

/* Whether the last indicator of this conversation has run out; then this one counts as sent. */
static gboolean
may_type (LobbyReceipts *self,
          const char *conversation_id,
          gint64 now)
{
  const gint64 *last = g_hash_table_lookup (self->typed, conversation_id);

  if (last != NULL && *last + TYPING_MSEC > now)
    return FALSE;
  if (g_hash_table_size (self->typed) >= MAX_REMEMBERED)
    g_hash_table_foreach_remove (self->typed, is_old, &now);
  g_hash_table_replace (self->typed, g_strdup (conversation_id), g_memdup2 (&now, sizeof now));
  return TRUE;
}

/* WhatsApp's id of the newest message of the customer, when that is inside the service window. */
static char *
find_newest_inbound (LobbyReceipts *self,
                     const char *conversation_id)
{
  g_autoptr (LobbyWireMessage) last = lobby_storage (self->storage, get_last_message, conversation_id);
  g_autoptr (GPtrArray) messages = NULL;

  if (last == NULL)
    return NULL;
  messages = lobby_storage (self->storage, list_messages, last->contact_id, conversation_id, 0, NULL, MESSAGES_TO_SEARCH);
  for (guint i = 0; messages != NULL && i < messages->len; i++)
    {
      const LobbyWireMessage *message = g_ptr_array_index (messages, i);

      if (!message->outbound && message->whatsapp_message_id != NULL)
        return message->created_at + WINDOW_MSEC > lobby_clock_now () ? g_strdup (message->whatsapp_message_id) : NULL;
    }
  return NULL;
}

LobbyReceipts *
lobby_receipts_new (LobbyStorage *storage)
{
  LobbyReceipts *self = g_new0 (LobbyReceipts, 1);

  self->storage = g_object_ref (storage);
  self->typed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
lobby_receipts_free (LobbyReceipts *self)
{
  g_object_unref (self->storage);
  g_hash_table_unref (self->typed);
  g_free (self);
}

void
lobby_receipts_read (LobbyReceipts *self,
                     LobbyAdapter *adapter,
                     const char *whatsapp_message_id)
{
  send_receipt (adapter, whatsapp_message_id, FALSE);
}

void
lobby_receipts_typing (LobbyReceipts *self,
                       LobbyAdapter *adapter,
                       const char *conversation_id,
                       gint64 now)
{
  g_autofree char *whatsapp_message_id = NULL;

  if (!may_type (self, conversation_id, now))
    return;
  whatsapp_message_id = find_newest_inbound (self, conversation_id);
  if (whatsapp_message_id != NULL)
    send_receipt (adapter, whatsapp_message_id, TRUE);
}
