/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-outbound-queue.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-log.h"
#include "lobby-metrics.h"
#include "lobby-pair-rates.h"
#include "lobby-send-rate.h"
#include "lobby-storage-commit.h"

#define MAX_UNDER_WAY 20
#define MAX_UPLOADS 6 /* of those: files take long, and texts need not wait for them */
#define MAX_HEADS 64
#define STORAGE_PAUSE 1000            /* ms, after the disk refused */
#define LONGEST_WAIT (60 * 60 * 1000) /* ms; more than any pause or settling time */

struct _LobbyOutboundQueue
{
  GObject parent_instance;

  LobbyAdapter *adapter;
  LobbyStorage *storage;
  LobbyConnectionWatch *watch;
  char *connection_id;
  guint settle_msec;

  GHashTable *under_way; /* conversation id → Work: whose head is being worked on */
  guint uploads;         /* messages with a file among them */
  LobbySendRate rate;
  LobbyPairRates *pairs;
  gint64 paused_until; /* ms; the whole connection */
  int pauses;          /* in a row */
  guint timer;
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (LobbyOutboundQueue, lobby_outbound_queue, G_TYPE_OBJECT)

/* A message that is being worked on. Its conversation is in under_way as long as this lives. */
typedef struct
{
  LobbyOutboundQueue *self;
  LobbyOutbound *outbound;
  /* What is to be recorded: */
  LobbyOutboundState state;
  int attempts;
  gint64 next_attempt_at;
  char *whatsapp_message_id;
  int code;
  const char *title;
  const char *text;
  LobbyConsequence consequence;
} Work;

static Work *
work_new (LobbyOutboundQueue *self,
          LobbyOutbound *outbound)
{
  Work *work = g_new0 (Work, 1);

  work->self = g_object_ref (self);
  work->outbound = outbound;
  work->attempts = outbound->attempts;
  g_hash_table_insert (self->under_way, g_strdup (outbound->conversation_id), work);
  self->uploads += outbound->media != NULL;
  return work;
}

static void
work_free (gpointer data)
{
  Work *work = data;

  g_hash_table_remove (work->self->under_way, work->outbound->conversation_id);
  work->self->uploads -= work->outbound->media != NULL;
  lobby_outbound_queue_wake (work->self);
  lobby_outbound_free (work->outbound);
  g_object_unref (work->self);
  g_free (work->whatsapp_message_id);
  g_free (work);
}

static gboolean
write_state (LobbyStorage *storage,
             gpointer data,
             GError **error)
{
  Work *work = data;

  return lobby_storage (storage, outbound_set_state, work->outbound->position, work->state, work->attempts, work->next_attempt_at, error);
}

static gboolean
write_sent (LobbyStorage *storage,
            gpointer data,
            GError **error)
{
  Work *work = data;

  return lobby_storage (storage, outbound_sent, work->outbound, work->whatsapp_message_id, error);
}

static gboolean
write_failed (LobbyStorage *storage,
              gpointer data,
              GError **error)
{
  Work *work = data;

  return lobby_storage (storage, outbound_failed, work->outbound, work->code, work->title, work->text, work->consequence, error);
}

static void
record (Work *work,
        LobbyStorageWrite write)
{
  lobby_storage_insist (work->self->storage, write, work, &work->self->stopped);
}

static void
record_state (Work *work,
              LobbyOutboundState state,
              gint64 next_attempt_at)
{
  work->state = state;
  work->next_attempt_at = next_attempt_at;
  record (work, write_state);
}

static void
record_failure (Work *work,
                int code,
                const char *title,
                const char *text)
{
  g_autofree char *code_text = g_strdup_printf ("%d", code);

  lobby_metrics_add (LOBBY_METRIC_SENDS, "failed", 1);
  lobby_metrics_add (LOBBY_METRIC_SEND_FAILURES, code_text, 1);
  work->code = code;
  work->title = title;
  work->text = text;
  lobby_log_event (G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, "message failed", "connection", work->self->connection_id,
                   "message", work->outbound->message_id, "code", code_text, "title", title != NULL ? title : "", NULL);
  record (work, write_failed);
}

static void
pause_connection (LobbyOutboundQueue *self,
                  guint msec)
{
  self->pauses++;
  self->paused_until = MAX (self->paused_until, lobby_clock_steady () + msec);
}

/* Changing a message to what it is already, or taking back what is gone, does nothing. */
static gboolean
is_repeatable (const LobbyOutbound *outbound)
{
  return outbound->action != LOBBY_OUTBOUND_SEND;
}

/* Certainly not sent, or as good as. */
static void
try_again (Work *work,
           const LobbySendErrorPrivate *said,
           LobbySendPace pace,
           const GError *error)
{
  LobbyOutboundQueue *self = work->self;
  gint64 now = lobby_clock_steady ();

  lobby_metrics_add (LOBBY_METRIC_SENDS, "again", 1);
  switch (pace)
    {
    case LOBBY_PACE_TRANSIENT:
      if (work->attempts >= LOBBY_SEND_MAX_TRANSIENT)
        {
          record_failure (work, said->code, said->title, error->message);
          return;
        }
      record_state (work, LOBBY_OUTBOUND_QUEUED, now + lobby_adapter_get_pause (pace, work->attempts));
      return;
    case LOBBY_PACE_PAIR:
      record_state (work, LOBBY_OUTBOUND_QUEUED, now + lobby_adapter_get_pause (pace, work->attempts));
      return;
    case LOBBY_PACE_CONNECTION:
    case LOBBY_PACE_MAINTENANCE:
    default:
      /* Not this message's fault: its attempts are not counted. */
      work->attempts = work->outbound->attempts;
      pause_connection (self, lobby_adapter_get_pause (pace, self->pauses));
      if (said->code == 0)
        lobby_connection_watch_unreachable (self->watch);
      record_state (work, LOBBY_OUTBOUND_QUEUED, self->paused_until);
      return;
    }
}

static void
take_failure (Work *work,
              const GError *error)
{
  LobbyOutboundQueue *self = work->self;
  const LobbySendErrorPrivate *said = lobby_adapter_get_error (error);

  /* An error that the adapter did not classify tells nothing about the message's fate. */
  if (error->domain != LOBBY_SEND_ERROR || error->code == LOBBY_SEND_ERROR_UNKNOWN)
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "the answer to a send was lost", "connection", self->connection_id,
                       "message", work->outbound->message_id, "error", error->message, NULL);
      if (said != NULL && said->pace == LOBBY_PACE_CONNECTION)
        lobby_connection_watch_doubt (self->watch);
      if (said != NULL && is_repeatable (work->outbound))
        try_again (work, said, LOBBY_PACE_TRANSIENT, error);
      else
        {
          lobby_metrics_add (LOBBY_METRIC_SENDS, "unknown", 1);
          record_state (work, LOBBY_OUTBOUND_UNKNOWN, lobby_clock_steady () + self->settle_msec);
        }
      return;
    }

  switch ((LobbySendError)error->code)
    {
    case LOBBY_SEND_ERROR_TRY_AGAIN:
      try_again (work, said, said->pace, error);
      break;
    case LOBBY_SEND_ERROR_HOLD_ACCOUNT:
      work->attempts = work->outbound->attempts;
      lobby_connection_watch_held (self->watch, error->message);
      record_state (work, LOBBY_OUTBOUND_QUEUED, 0);
      break;
    case LOBBY_SEND_ERROR_REFUSED:
    case LOBBY_SEND_ERROR_UNKNOWN:
    default:
      work->consequence = said->consequence;
      record_failure (work, said->code, said->title, error->message);
      break;
    }
}

/* What may be repeated comes before SENDING: a crash in the middle of an upload must not leave the message's fate open. */
static gboolean
prepare (Work *work,
         GError **error)
{
  LobbyAdapterInterface *iface = LOBBY_ADAPTER_GET_IFACE (work->self->adapter);

  return iface->prepare == NULL || work->outbound->media == NULL
         || dex_await (iface->prepare (work->self->adapter, work->outbound), error);
}

static DexFuture *
send_fiber (gpointer data)
{
  Work *work = data;
  LobbyOutboundQueue *self = work->self;
  g_autoptr (GError) error = NULL;

  work->attempts = work->outbound->attempts + 1;
  if (!prepare (work, &error))
    {
      take_failure (work, error);
      return dex_future_new_true ();
    }
  if (self->stopped)
    return dex_future_new_false ();
  work->state = LOBBY_OUTBOUND_SENDING;
  if (!write_state (self->storage, work, &error) || !dex_await (lobby_storage_commit (self->storage), &error))
    {
      self->paused_until = lobby_clock_steady () + STORAGE_PAUSE;
      return dex_future_new_false ();
    }
  /* From here on the message's fate is open until something is recorded. */
  work->whatsapp_message_id = dex_await_string (LOBBY_ADAPTER_GET_IFACE (self->adapter)->send (self->adapter, work->outbound), &error);
  if (work->whatsapp_message_id != NULL)
    {
      self->pauses = 0;
      lobby_metrics_add (LOBBY_METRIC_SENDS, "sent", 1);
      record (work, write_sent);
    }
  else
    take_failure (work, error);
  return dex_future_new_true ();
}

/* Whether the storage still has this message in the queue, and UNKNOWN. */
static gboolean
is_still_unknown (Work *work)
{
  g_autoptr (LobbyOutbound) outbound = lobby_storage (work->self->storage, get_outbound, work->outbound->position);

  return outbound != NULL && outbound->state == LOBBY_OUTBOUND_UNKNOWN;
}

typedef enum
{
  NOT_TOLD,
  NOT_THERE,
  THERE,
} Found;

/* Whether WhatsApp has it, where that can be asked; then it is recorded. */
static Found
look_for_sent (Work *work)
{
  LobbyOutboundQueue *self = work->self;
  LobbyAdapterInterface *iface = LOBBY_ADAPTER_GET_IFACE (self->adapter);
  g_autoptr (GError) error = NULL;

  if (iface->find_sent == NULL || work->outbound->action != LOBBY_OUTBOUND_SEND)
    return NOT_THERE;
  work->whatsapp_message_id = dex_await_string (iface->find_sent (self->adapter, work->outbound), &error);
  if (work->whatsapp_message_id == NULL)
    return error == NULL ? NOT_THERE : NOT_TOLD;
  record (work, write_sent);
  return THERE;
}

/* The settling time of an UNKNOWN message is over. */
static DexFuture *
settle_fiber (gpointer data)
{
  Work *work = data;
  LobbyOutboundQueue *self = work->self;
  gboolean usable = dex_await_boolean (lobby_connection_watch_check (self->watch), NULL);
  gint64 now = lobby_clock_steady ();
  gint64 since = lobby_connection_watch_get_since (self->watch);

  if (self->stopped || !is_still_unknown (work))
    return dex_future_new_true ();
  if (usable)
    {
      Found found = look_for_sent (work);

      if (found == THERE || self->stopped || !is_still_unknown (work))
        return dex_future_new_true ();
      usable = found == NOT_THERE;
    }
  /* Statuses may be as late as the connection was away: the time counts from its return. */
  if (usable && since != 0 && since + self->settle_msec <= now)
    record_failure (work, 0, "May not have been sent",
                    "WhatsApp's answer was lost and no receipt has come. The message may not have been sent.");
  else
    record_state (work, LOBBY_OUTBOUND_UNKNOWN, (usable && since != 0 ? since : now) + self->settle_msec);
  return dex_future_new_true ();
}

/* SENDING, but not by us: an earlier life of the server began it. */
static DexFuture *
adopt_fiber (gpointer data)
{
  Work *work = data;
  LobbyOutboundQueue *self = work->self;

  if (LOBBY_ADAPTER_GET_IFACE (self->adapter)->find_sent != NULL
      && dex_await_boolean (lobby_connection_watch_check (self->watch), NULL) && look_for_sent (work) == THERE)
    return dex_future_new_true ();
  if (is_repeatable (work->outbound))
    record_state (work, LOBBY_OUTBOUND_QUEUED, 0);
  else
    record_state (work, LOBBY_OUTBOUND_UNKNOWN, lobby_clock_steady () + self->settle_msec);
  return dex_future_new_true ();
}

/* Its recipient was written to too often: kept out of the way of others until its time. */
static void
put_off (LobbyOutboundQueue *self,
         const LobbyOutboundHead *head,
         gint64 until)
{
  g_autoptr (GError) error = NULL;

  if (!lobby_storage (self->storage, outbound_set_state, head->position, LOBBY_OUTBOUND_QUEUED, head->attempts, until, &error))
    lobby_log_event (G_LOG_LEVEL_INFO, G_LOG_DOMAIN, "a message was not put off", "error", error->message, NULL);
}

/* Whether the limits of WhatsApp let @head go now, which is then counted; else when to look again. */
static gboolean
is_within_limits (LobbyOutboundQueue *self,
                  const LobbyOutboundHead *head,
                  gint64 now,
                  gint64 *look_at)
{
  LobbySendLimits limits;
  gint64 clock = g_get_monotonic_time ();
  guint wait = 0;

  lobby_adapter_get_limits (self->adapter, &limits);
  if (limits.pair_per_second > 0)
    wait = lobby_pair_rates_wait (self->pairs, head->conversation_id, limits.pair_per_second, limits.pair_burst, clock);
  if (wait > 0)
    {
      put_off (self, head, now + wait);
      *look_at = MIN (*look_at, now + wait);
      return FALSE;
    }
  if (self->rate.per_second != limits.per_second)
    lobby_send_rate_change (&self->rate, limits.per_second, limits.burst, clock);
  wait = lobby_send_rate_wait (&self->rate, clock);
  if (wait > 0)
    {
      *look_at = MIN (*look_at, now + wait);
      return FALSE;
    }
  lobby_send_rate_take (&self->rate, clock);
  if (limits.pair_per_second > 0)
    lobby_pair_rates_take (self->pairs, head->conversation_id, clock);
  return TRUE;
}

/* When @head is to be looked at. A time beyond every pause is of another clock: one that was wrong before a restart. */
static gint64
due_time (const LobbyOutboundHead *head,
          gint64 now)
{
  return head->next_attempt_at > now + LONGEST_WAIT ? now : head->next_attempt_at;
}

/* Whether a QUEUED message may go now; else when to look again. */
static gboolean
may_send (LobbyOutboundQueue *self,
          const LobbyOutboundHead *head,
          gint64 now,
          gint64 *look_at)
{
  if (!lobby_connection_watch_is_usable (self->watch) || g_hash_table_size (self->under_way) >= MAX_UNDER_WAY
      || (head->has_file && self->uploads >= MAX_UPLOADS))
    return FALSE; /* "changed", or the end of one under way, wakes us */
  if (MAX (due_time (head, now), self->paused_until) > now)
    {
      *look_at = MIN (*look_at, MAX (due_time (head, now), self->paused_until));
      return FALSE;
    }
  return is_within_limits (self, head, now, look_at);
}

static void
work_on (LobbyOutboundQueue *self,
         const LobbyOutboundHead *head,
         DexFiberFunc fiber)
{
  LobbyOutbound *outbound = lobby_storage (self->storage, get_outbound, head->position);

  if (outbound != NULL)
    lobby_async_go (fiber, work_new (self, outbound), work_free);
}

static gboolean on_timer (gpointer data);

static void
look_after (LobbyOutboundQueue *self,
            guint msec)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (!self->stopped)
    self->timer = g_timeout_add (msec, on_timer, self);
}

/* Also in a conversation that became another one meanwhile. */
static gboolean
is_under_way (LobbyOutboundQueue *self,
              const LobbyOutboundHead *head)
{
  GHashTableIter iter;
  gpointer work;

  if (g_hash_table_contains (self->under_way, head->conversation_id))
    return TRUE;
  if (head->state != LOBBY_OUTBOUND_SENDING)
    return FALSE;
  g_hash_table_iter_init (&iter, self->under_way);
  while (g_hash_table_iter_next (&iter, NULL, &work))
    if (((Work *)work)->outbound->position == head->position)
      return TRUE;
  return FALSE;
}

static void
queue_pump (LobbyOutboundQueue *self)
{
  g_autoptr (GPtrArray) heads = lobby_storage (self->storage, list_outbound_heads, self->connection_id, MAX_HEADS);
  gint64 now = lobby_clock_steady (), look_at = G_MAXINT64;

  for (guint i = 0; heads != NULL && i < heads->len; i++)
    {
      const LobbyOutboundHead *head = g_ptr_array_index (heads, i);

      if (is_under_way (self, head))
        continue;
      if (head->state == LOBBY_OUTBOUND_SENDING)
        work_on (self, head, adopt_fiber);
      else if (head->state == LOBBY_OUTBOUND_UNKNOWN && due_time (head, now) > now)
        look_at = MIN (look_at, due_time (head, now));
      else if (head->state == LOBBY_OUTBOUND_UNKNOWN)
        work_on (self, head, settle_fiber);
      else if (may_send (self, head, now, &look_at))
        work_on (self, head, send_fiber);
    }
  if (look_at != G_MAXINT64)
    look_after (self, (guint)CLAMP (look_at - now, 1, 3600 * 1000));
}

static gboolean
on_timer (gpointer data)
{
  LobbyOutboundQueue *self = data;

  self->timer = 0;
  queue_pump (self);
  return G_SOURCE_REMOVE;
}

static void
lobby_outbound_queue_finalize (GObject *object)
{
  LobbyOutboundQueue *self = LOBBY_OUTBOUND_QUEUE (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->adapter);
  g_clear_object (&self->storage);
  g_clear_object (&self->watch);
  g_clear_pointer (&self->under_way, g_hash_table_unref);
  g_clear_pointer (&self->pairs, lobby_pair_rates_free);
  g_free (self->connection_id);
  G_OBJECT_CLASS (lobby_outbound_queue_parent_class)->finalize (object);
}

static void
lobby_outbound_queue_class_init (LobbyOutboundQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_outbound_queue_finalize;
}

static void
lobby_outbound_queue_init (LobbyOutboundQueue *self)
{
  self->under_way = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LobbyOutboundQueue *
lobby_outbound_queue_new (LobbyAdapter *adapter,
                          LobbyStorage *storage,
                          LobbyConnectionWatch *watch,
                          const char *connection_id,
                          guint settle_msec)
{
  LobbyOutboundQueue *self = g_object_new (LOBBY_TYPE_OUTBOUND_QUEUE, NULL);
  LobbySendLimits limits;

  self->adapter = g_object_ref (adapter);
  self->storage = g_object_ref (storage);
  self->watch = g_object_ref (watch);
  self->connection_id = g_strdup (connection_id);
  self->settle_msec = settle_msec;
  self->pairs = lobby_pair_rates_new (storage);
  lobby_adapter_get_limits (adapter, &limits);
  lobby_send_rate_init (&self->rate, limits.per_second, limits.burst, g_get_monotonic_time ());
  g_signal_connect_object (watch, "changed", G_CALLBACK (lobby_outbound_queue_wake), self, G_CONNECT_SWAPPED);
  return self;
}

void
lobby_outbound_queue_wake (LobbyOutboundQueue *self)
{
  if (!self->stopped)
    look_after (self, 0);
}

void
lobby_outbound_queue_stop (LobbyOutboundQueue *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
}

guint
lobby_outbound_queue_count (LobbyOutboundQueue *self)
{
  return g_hash_table_size (self->under_way);
}
