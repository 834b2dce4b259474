/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-sandbox"

#include "lobby-deliverer.h"

#include <string.h>

#define BODY_MAX (3 * 1000 * 1000) /* CLOUD_API 7.1 */
#define ENVELOPE_EACH 512          /* more than a change of its own adds to an item */
#define ANSWER_SECONDS 10
#define REORDER_MS 1500
#define DUPLICATE_MS 400
#define CONNECTIONS_MAX 64

typedef struct
{
  char *name;
  GQueue updates; /* LobbyUpdate */
  gboolean busy;
  gboolean ready; /* stands in the deliverer's queue of lanes */
} Lane;

struct _LobbyDeliverer
{
  LobbySchedule *schedule;
  LobbyKnobs *knobs;
  GRand *dice;
  const LobbyDelivererForm *form;
  gpointer form_data;
  char *url;
  SoupSession *session;
  GCancellable *cancellable;
  GHashTable *deliveries; /* set of those under way */
  GHashTable *lanes;      /* name → Lane */
  GQueue ready_lanes;     /* lanes with updates that are not busy */
  GQueue due;             /* deliveries that wait for a connection: libsoup's own queue is slow when it is long */
  GSource *pump;
  LobbyDeliveryCounts counts;
};

typedef struct
{
  LobbyDeliverer *deliverer;
  GPtrArray *lanes; /* held until this is answered; empty after it left its lanes */
  GBytes *body;
  guint updates;
  guint attempts;
  gint64 began;
  gboolean duplicate; /* sent once, whatever is answered */
} Delivery;

typedef struct
{
  LobbyDeliverer *deliverer;
  LobbyUpdate *update;
} Held;

static void pump_soon (LobbyDeliverer *self);
static void delivery_attempt (gpointer data);
static void delivery_post (Delivery *delivery);

static void
lane_free (gpointer data)
{
  Lane *lane = data;

  g_queue_clear_full (&lane->updates, (GDestroyNotify)lobby_update_free);
  g_free (lane->name);
  g_free (lane);
}

static void
delivery_free (gpointer data)
{
  Delivery *delivery = data;

  g_hash_table_remove (delivery->deliverer->deliveries, delivery);
  g_ptr_array_unref (delivery->lanes);
  g_bytes_unref (delivery->body);
  g_free (delivery);
}

static gboolean
happens (LobbyDeliverer *self,
         double share)
{
  /* No throw for certainties, so that a knob that is off does not change what the seed gives. */
  return share >= 1 || (share > 0 && g_rand_double (self->dice) < share);
}

static void
lane_settle (LobbyDeliverer *self,
             Lane *lane)
{
  if (lane->ready || lane->busy || lane->updates.length == 0)
    return;
  lane->ready = TRUE;
  g_queue_push_tail (&self->ready_lanes, lane);
}

static void
delivery_leave_lanes (Delivery *delivery)
{
  LobbyDeliverer *self = delivery->deliverer;

  for (guint i = 0; i < delivery->lanes->len; i++)
    {
      Lane *lane = g_ptr_array_index (delivery->lanes, i);

      lane->busy = FALSE;
      lane_settle (self, lane);
    }
  g_ptr_array_set_size (delivery->lanes, 0);
  pump_soon (self);
}

static void
delivery_wait (Delivery *delivery,
               gint64 msec)
{
  delivery->deliverer->counts.waiting++;
  lobby_schedule_add (delivery->deliverer->schedule, msec, delivery_attempt, delivery, NULL);
}

static void
delivery_retry (Delivery *delivery)
{
  LobbyDeliverer *self = delivery->deliverer;
  gint64 pause = self->form->pause (delivery->attempts, lobby_schedule_now (self->schedule) - delivery->began, self->form_data);

  if (pause < 0)
    {
      g_message ("Gave up a delivery after %u attempts", delivery->attempts);
      delivery_leave_lanes (delivery);
      delivery_free (delivery);
      return;
    }
  delivery_wait (delivery, pause);
}

static void
post_due (LobbyDeliverer *self)
{
  while (self->due.length > 0 && self->counts.in_flight < CONNECTIONS_MAX)
    {
      Delivery *delivery = g_queue_pop_head (&self->due);

      self->counts.waiting--;
      /* Nobody may be subscribed any more: it waits for somebody as it would for an answer. */
      if (self->url)
        delivery_post (delivery);
      else
        delivery_retry (delivery);
    }
}

static void
delivery_answered (GObject *source,
                   GAsyncResult *result,
                   gpointer data)
{
  Delivery *delivery = data;
  LobbyDeliverer *self = delivery->deliverer;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  gboolean taken = answer && message && self->form->is_taken (soup_message_get_status (message));

  self->counts.in_flight--;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      delivery_free (delivery);
      return;
    }
  if (!taken)
    self->counts.failed++;
  if (delivery->duplicate)
    delivery_free (delivery);
  else if (taken)
    {
      self->counts.delivered += delivery->updates;
      delivery_leave_lanes (delivery);
      delivery_free (delivery);
    }
  else
    delivery_retry (delivery);
  post_due (self);
  pump_soon (self);
}

static void
delivery_post (Delivery *delivery)
{
  LobbyDeliverer *self = delivery->deliverer;
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_POST, self->url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  gsize length;
  const char *body = g_bytes_get_data (delivery->body, &length);

  if (!happens (self, self->knobs->no_signature))
    self->form->sign (headers, body, length, happens (self, self->knobs->bad_signature), self->form_data);
  soup_message_headers_append (headers, "Accept", "*/*");
  soup_message_set_request_body_from_bytes (message, "application/json", delivery->body);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  self->counts.in_flight++;
  self->counts.attempts++;
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, self->cancellable, delivery_answered, delivery);
}

/* Takes @body. */
static Delivery *
delivery_new (LobbyDeliverer *self,
              GPtrArray *lanes,
              GBytes *body,
              guint updates)
{
  Delivery *delivery = g_new0 (Delivery, 1);

  delivery->deliverer = self;
  delivery->lanes = g_ptr_array_ref (lanes);
  delivery->body = body;
  delivery->updates = updates;
  delivery->began = lobby_schedule_now (self->schedule);
  g_hash_table_add (self->deliveries, delivery);
  return delivery;
}

static void
send_twice (Delivery *delivery)
{
  LobbyDeliverer *self = delivery->deliverer;
  g_autoptr (GPtrArray) no_lanes = g_ptr_array_new ();
  Delivery *copy = delivery_new (self, no_lanes, g_bytes_ref (delivery->body), delivery->updates);

  copy->duplicate = TRUE;
  delivery_wait (copy, g_rand_int_range (self->dice, 0, DUPLICATE_MS));
}

static void
delivery_attempt (gpointer data)
{
  Delivery *delivery = data;
  LobbyDeliverer *self = delivery->deliverer;
  gboolean first = delivery->attempts++ == 0;

  self->counts.waiting--;
  if (first && !delivery->duplicate && happens (self, self->knobs->drop))
    {
      delivery_leave_lanes (delivery);
      delivery_retry (delivery);
      return;
    }
  if (first && !delivery->duplicate && happens (self, self->knobs->duplicate))
    send_twice (delivery);
  self->counts.waiting++;
  g_queue_push_tail (&self->due, delivery);
  post_due (self);
}

static void
delivery_start (LobbyDeliverer *self,
                GPtrArray *updates,
                GPtrArray *lanes)
{
  char *body = self->form->write (updates, self->form_data);
  Delivery *delivery = delivery_new (self, lanes, g_bytes_new_take (body, strlen (body)), updates->len);

  if (self->knobs->delay_ms > 0)
    delivery_wait (delivery, self->knobs->delay_ms);
  else
    {
      self->counts.waiting++;
      delivery_attempt (delivery);
    }
}

static void
held_free (gpointer data)
{
  Held *held = data;

  g_clear_pointer (&held->update, lobby_update_free);
  g_free (held);
}

static void
held_leaves (gpointer data)
{
  Held *held = data;
  g_autoptr (GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_update_free);
  g_autoptr (GPtrArray) lanes = g_ptr_array_new ();

  held->deliverer->counts.waiting--;
  g_ptr_array_add (updates, g_steal_pointer (&held->update));
  delivery_start (held->deliverer, updates, lanes);
}

static void
hold_back (LobbyDeliverer *self,
           LobbyUpdate *update)
{
  Held *held = g_new0 (Held, 1);

  held->deliverer = self;
  held->update = update;
  self->counts.waiting++;
  lobby_schedule_add (self->schedule, g_rand_int_range (self->dice, REORDER_MS / 10, REORDER_MS), held_leaves, held, held_free);
}

/* How much @update may add to a body: every letter as \uXXXX is three times its UTF-8 at most. */
static gsize
update_size (LobbyUpdate *update)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), update->item);
  g_autofree char *text = json_to_string (node, FALSE);

  return strlen (text) * 3 + ENVELOPE_EACH;
}

static guint
most_updates (LobbyDeliverer *self)
{
  return self->form->batches ? (guint)self->knobs->batch : 1;
}

/* Takes updates of @lane into the delivery under way, as far as there is room. TRUE when the delivery is full. */
static gboolean
fill_from_lane (LobbyDeliverer *self,
                Lane *lane,
                GPtrArray *updates,
                gsize *size)
{
  while (lane->updates.length > 0)
    {
      LobbyUpdate *update = g_queue_peek_head (&lane->updates);
      gsize more = most_updates (self) > 1 ? update_size (update) : 0;

      if (updates->len >= most_updates (self) || (updates->len > 0 && *size + more > BODY_MAX))
        return TRUE;
      g_queue_pop_head (&lane->updates);
      self->counts.queued--;
      if (happens (self, self->knobs->reorder))
        {
          hold_back (self, update);
          continue;
        }
      *size += more;
      g_ptr_array_add (updates, update);
    }
  return updates->len >= most_updates (self);
}

static gboolean
form_delivery (LobbyDeliverer *self)
{
  g_autoptr (GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_update_free);
  g_autoptr (GPtrArray) lanes = g_ptr_array_new ();
  GQueue again = G_QUEUE_INIT;
  gboolean full = FALSE;
  gsize size = 0;

  while (!full && self->ready_lanes.length > 0)
    {
      Lane *lane = g_queue_pop_head (&self->ready_lanes);
      guint before = updates->len;

      lane->ready = FALSE;
      full = fill_from_lane (self, lane, updates, &size);
      if (self->knobs->ordered && updates->len > before)
        {
          lane->busy = TRUE;
          g_ptr_array_add (lanes, lane);
        }
      else
        g_queue_push_tail (&again, lane);
    }
  for (Lane *lane = g_queue_pop_head (&again); lane; lane = g_queue_pop_head (&again))
    lane_settle (self, lane);
  if (updates->len == 0)
    return FALSE;
  delivery_start (self, updates, lanes);
  return TRUE;
}

static gboolean
pump (gpointer data)
{
  LobbyDeliverer *self = data;

  g_clear_pointer (&self->pump, g_source_unref);
  while (self->url && self->counts.in_flight < (guint64)self->knobs->concurrency && self->ready_lanes.length > 0)
    if (!form_delivery (self))
      break;
  return G_SOURCE_REMOVE;
}

static void
pump_soon (LobbyDeliverer *self)
{
  if (self->pump || !self->url || self->ready_lanes.length == 0)
    return;
  self->pump = g_idle_source_new ();
  g_source_set_priority (self->pump, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->pump, "lobby webhook pump");
  g_source_set_callback (self->pump, pump, self, NULL);
  g_source_attach (self->pump, NULL);
}

LobbyDeliverer *
lobby_deliverer_new (LobbySchedule *schedule,
                     LobbyKnobs *knobs,
                     GRand *dice,
                     const LobbyDelivererForm *form,
                     gpointer data)
{
  LobbyDeliverer *self = g_new0 (LobbyDeliverer, 1);

  self->schedule = schedule;
  self->knobs = knobs;
  self->dice = dice;
  self->form = form;
  self->form_data = data;
  self->cancellable = g_cancellable_new ();
  self->deliveries = g_hash_table_new (NULL, NULL);
  self->lanes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, lane_free);
  self->session = soup_session_new_with_options ("user-agent", form->user_agent,
                                                 "timeout", ANSWER_SECONDS,
                                                 "max-conns", 128,
                                                 "max-conns-per-host", CONNECTIONS_MAX,
                                                 NULL);
  return self;
}

void
lobby_deliverer_free (LobbyDeliverer *self)
{
  GHashTableIter iter;
  gpointer delivery;

  g_cancellable_cancel (self->cancellable);
  while (self->counts.in_flight > 0)
    g_main_context_iteration (NULL, TRUE);
  if (self->pump)
    g_source_destroy (self->pump);
  g_hash_table_iter_init (&iter, self->deliveries);
  while (g_hash_table_iter_next (&iter, &delivery, NULL))
    {
      g_hash_table_iter_steal (&iter);
      delivery_free (delivery);
    }
  g_hash_table_unref (self->deliveries);
  g_clear_pointer (&self->pump, g_source_unref);
  g_queue_clear (&self->ready_lanes);
  g_queue_clear (&self->due);
  g_hash_table_unref (self->lanes);
  g_object_unref (self->session);
  g_object_unref (self->cancellable);
  g_free (self->url);
  g_free (self);
}

void
lobby_deliverer_set_url (LobbyDeliverer *self,
                         const char *url)
{
  g_set_str (&self->url, url);
  pump_soon (self);
}

const char *
lobby_deliverer_get_url (LobbyDeliverer *self)
{
  return self->url;
}

void
lobby_deliverer_push (LobbyDeliverer *self,
                      LobbyUpdate *update)
{
  Lane *lane = g_hash_table_lookup (self->lanes, update->lane);

  if (!lane)
    {
      lane = g_new0 (Lane, 1);
      lane->name = g_strdup (update->lane);
      g_queue_init (&lane->updates);
      g_hash_table_insert (self->lanes, lane->name, lane);
    }
  g_queue_push_tail (&lane->updates, update);
  self->counts.queued++;
  lane_settle (self, lane);
  pump_soon (self);
}

LobbyDeliveryCounts
lobby_deliverer_get_counts (LobbyDeliverer *self)
{
  return self->counts;
}

typedef struct
{
  char *challenge;
  LobbyVerified callback;
  gpointer data;
} Verification;

static void
verification_answered (GObject *source,
                       GAsyncResult *result,
                       gpointer data)
{
  Verification *verification = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  g_autofree char *problem = NULL;

  if (!answer)
    problem = g_strdup_printf ("No answer: %s", error->message);
  else if (soup_message_get_status (message) != 200)
    problem = g_strdup_printf ("HTTP Status Code = %u; HTTP Message = %s", soup_message_get_status (message), soup_message_get_reason_phrase (message));
  else if (g_bytes_get_size (answer) != strlen (verification->challenge)
           || memcmp (g_bytes_get_data (answer, NULL), verification->challenge, strlen (verification->challenge)) != 0)
    problem = g_strdup ("The answer is not the challenge");
  verification->callback (problem, verification->data);
  g_free (verification->challenge);
  g_free (verification);
}

void
lobby_deliverer_verify (LobbyDeliverer *self,
                        const char *url,
                        const char *verify_token,
                        LobbyVerified callback,
                        gpointer data)
{
  Verification *verification = g_new0 (Verification, 1);
  g_autofree char *token = g_uri_escape_string (verify_token, NULL, FALSE);
  g_autofree char *full = NULL;
  g_autoptr (SoupMessage) message = NULL;

  verification->challenge = g_strdup_printf ("%u", g_random_int ());
  verification->callback = callback;
  verification->data = data;
  full = g_strdup_printf ("%s%chub.mode=subscribe&hub.challenge=%s&hub.verify_token=%s", url,
                          strchr (url, '?') ? '&' : '?', verification->challenge, token);
  message = soup_message_new (SOUP_METHOD_GET, full);
  if (!message)
    {
      callback ("The URL is not valid", data);
      g_free (verification->challenge);
      g_free (verification);
      return;
    }
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, NULL, verification_answered, verification);
}
