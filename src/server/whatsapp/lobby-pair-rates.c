/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-pair-rates.h"
#include "lobby-clock.h"
#include "lobby-send-rate.h"

/* Beyond it, those that may have a whole burst again are forgotten. */
#define MAX_REMEMBERED 1024

struct _LobbyPairRates
{
  LobbyStorage *storage;
  GHashTable *rates; /* conversation id → LobbySendRate */
};

LobbyPairRates *
lobby_pair_rates_new (LobbyStorage *storage)
{
  LobbyPairRates *self = g_new0 (LobbyPairRates, 1);

  self->storage = g_object_ref (storage);
  self->rates = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
lobby_pair_rates_free (LobbyPairRates *self)
{
  g_object_unref (self->storage);
  g_hash_table_unref (self->rates);
  g_free (self);
}

/* As if everything that the recipient got while a burst is paid back had been sent just now: rather too slow than refused. */
static void
recall (LobbyPairRates *self,
        const char *conversation_id,
        LobbySendRate *rate)
{
  gint64 since = lobby_clock_now () - (gint64)(1000 * rate->burst / rate->per_second);

  rate->tokens -= (double)lobby_storage (self->storage, count_sent, conversation_id, since);
  rate->tokens = MAX (rate->tokens, 0);
}

static gboolean
is_full (gpointer key,
         gpointer value,
         gpointer data)
{
  LobbySendRate *rate = value;
  const gint64 *now = data;

  lobby_send_rate_wait (rate, *now);
  return rate->tokens >= rate->burst;
}

guint
lobby_pair_rates_wait (LobbyPairRates *self,
                       const char *conversation_id,
                       double per_second,
                       double burst,
                       gint64 now)
{
  LobbySendRate *rate = g_hash_table_lookup (self->rates, conversation_id);

  if (rate == NULL)
    {
      if (g_hash_table_size (self->rates) >= MAX_REMEMBERED)
        g_hash_table_foreach_remove (self->rates, is_full, &now);
      rate = g_new (LobbySendRate, 1);
      lobby_send_rate_init (rate, per_second, burst, now);
      recall (self, conversation_id, rate);
      g_hash_table_insert (self->rates, g_strdup (conversation_id), rate);
    }
  return lobby_send_rate_wait (rate, now);
}

void
lobby_pair_rates_take (LobbyPairRates *self,
                       const char *conversation_id,
                       gint64 now)
{
  LobbySendRate *rate = g_hash_table_lookup (self->rates, conversation_id);

  if (rate != NULL)
    lobby_send_rate_take (rate, now);
}
